import * as rules from "../../../policy/rules/node-classes";
import { of } from "../support/kubernetes";
import { prove } from "../support/prove";

const nodeClass = of("agent-nodes-class", "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "spec");

describe("policy: node classes", () => {
    prove(rules.classMetadata, {
        breaks: [
            nodeClass.set("metadataOptions.httpTokens", "optional"),
            nodeClass.set("metadataOptions.httpPutResponseHopLimit", 2),
            nodeClass.set("metadataOptions.httpProtocolIPv6", "enabled"),
        ],
        missing: nodeClass.unset("metadataOptions.httpTokens"),
        unknown: nodeClass.unknown("metadataOptions.httpTokens"),
    });

    prove(rules.classVolumes, {
        breaks: [
            nodeClass.set("blockDeviceMappings.1.ebs.encrypted", false),
            nodeClass.unset("blockDeviceMappings.0.ebs.kmsKeyID"),
            nodeClass.set("blockDeviceMappings.0.ebs.deleteOnTermination", false),
            nodeClass.set("blockDeviceMappings.1.ebs.volumeType", "gp2"),
            nodeClass.set("blockDeviceMappings.1.ebs.volumeSize", "1600Gi"),
        ],
        missing: nodeClass.unset("blockDeviceMappings"),
        unknown: nodeClass.unknown("blockDeviceMappings.0.ebs.kmsKeyID"),
    });

    prove(rules.classPrivate, {
        breaks: [nodeClass.set("associatePublicIPAddress", true)],
        missing: nodeClass.unset("associatePublicIPAddress"),
        unknown: nodeClass.unknown("associatePublicIPAddress"),
    });

    prove(rules.classImage, {
        breaks: [
            nodeClass.set("amiSelectorTerms.0.alias", "bottlerocket@latest"),
            nodeClass.set("amiSelectorTerms.0.alias", "al2023@v20260101"),
        ],
        missing: nodeClass.unset("amiSelectorTerms"),
        unknown: nodeClass.unknown("amiSelectorTerms"),
    });

    prove(rules.classLogin, {
        breaks: [
            nodeClass.set("userData", "[settings.host-containers.control]\nenabled = true\n"),
            nodeClass.set(
                "userData",
                "[settings.host-containers.control]\nenabled = false\n[settings.host-containers.admin]\nenabled = true\n",
            ),
        ],
        missing: nodeClass.unset("userData"),
        unknown: nodeClass.unknown("userData"),
    });

    prove(rules.classNetwork, {
        breaks: [
            nodeClass.set("subnetSelectorTerms.0.tags", { Name: "openclaw-prod-nodes-a" }),
            nodeClass.set("subnetSelectorTerms", []),
            nodeClass.set("securityGroupSelectorTerms", []),
            nodeClass.set("securityGroupSelectorTerms.0", {}),
        ],
        missing: nodeClass.unset("subnetSelectorTerms"),
        unknown: nodeClass.unknown("subnetSelectorTerms"),
    });

    prove(rules.classPods, {
        breaks: [nodeClass.set("kubelet.maxPods", 234)],
        missing: nodeClass.unset("kubelet"),
        unknown: nodeClass.unknown("kubelet.maxPods"),
    });

    prove(rules.classTags, {
        breaks: [nodeClass.entry("tags", "openclaw:owner")],
        missing: nodeClass.unset("tags"),
        unknown: nodeClass.unknown("tags"),
    });
});
