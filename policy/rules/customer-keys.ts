import { resourceRule } from "../engine/rule";
import { requireCustomerKey } from "./support/values";

const URL = "https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#customer-cmk";

export const brokerKey = resourceRule({
    name: "broker-key",
    description: "Messages rest on brokers under a key of our own",
    severity: "high",
    references: ["Checkov CKV_AWS_81", "openclaw promise 4"],
    remediation: "Set encryptionInfo.encryptionAtRestKmsKeyArn. It can be set only when the cluster is made.",
    url: URL,
    types: ["aws:msk/cluster:Cluster"],
    check: ({ props }, report) => requireCustomerKey(props, "encryptionInfo.encryptionAtRestKmsKeyArn", report),
});

export const clusterKey = resourceRule({
    name: "cluster-key",
    description: "Secrets of a Kubernetes cluster rest under a key of our own",
    severity: "high",
    references: ["Checkov CKV_AWS_58", "Trivy AWS-0039", "Kubescape C-0066", "openclaw promise 4"],
    remediation: "Set encryptionConfig.provider.keyArn. It cannot be taken back.",
    url: "https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html",
    types: ["aws:eks/cluster:Cluster"],
    check: ({ props }, report) => requireCustomerKey(props, "encryptionConfig.provider.keyArn", report),
});

export const nodeDiskKey = resourceRule({
    name: "node-disk-key",
    description: "Disks of nodes rest under a key of our own",
    severity: "medium",
    references: ["openclaw promise 4"],
    remediation: "Set kmsKeyId of each block device of the launch template.",
    url: "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
    types: ["aws:ec2/launchTemplate:LaunchTemplate"],
    check({ props }, report) {
        for (const { device } of props.list("blockDeviceMappings").map((mapping) => ({ device: mapping.get("ebs") }))) {
            requireCustomerKey(device, "kmsKeyId", report);
        }
    },
});

export const customerKeyRules = [brokerKey, clusterKey, nodeDiskKey];
