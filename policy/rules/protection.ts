import { z } from "zod";
import { type ReportResource, resourceRule } from "../engine/rule";
import type { Resource } from "../engine/resource";
import { BUCKET_TYPES } from "./support/buckets";
import { CLUSTER, INSTANCE } from "./support/databases";
import { requireFlag } from "./support/values";

/** What holds data, or keeps it from going; with AWS's own flag against deletion, where the type has one. */
const DATA: Readonly<Record<string, { readonly flag: string; readonly safe: boolean } | undefined>> = {
    [CLUSTER]: { flag: "deletionProtection", safe: true },
    [INSTANCE]: { flag: "deletionProtection", safe: true },
    ...Object.fromEntries(BUCKET_TYPES.map((type) => [type, { flag: "forceDestroy", safe: false }])),
    "aws:backup/vault:Vault": { flag: "forceDestroy", safe: false },
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": undefined,
    "aws:cloudwatch/logGroup:LogGroup": { flag: "deletionProtectionEnabled", safe: true },
    "aws:dynamodb/table:Table": { flag: "deletionProtectionEnabled", safe: true },
    "aws:ebs/volume:Volume": undefined,
    "aws:efs/fileSystem:FileSystem": undefined,
    "aws:kms/key:Key": undefined,
    "aws:msk/cluster:Cluster": undefined,
    "aws:msk/topic:Topic": undefined,
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": undefined,
    "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2": undefined,
    "aws:s3/bucketVersioning:BucketVersioning": undefined,
    "aws:s3/bucketVersioningV2:BucketVersioningV2": undefined,
};

/** By Pulumi, which refuses a plan that would delete it; `protect` is always known. */
function requireProtect({ protect }: Resource, report: ReportResource): void {
    if (!protect) report("is not protected");
}

export const dataProtected = resourceRule({
    name: "data-protected",
    description:
        "Whatever holds data or locks it is protected against deletion, by Pulumi and by AWS's own flag where there is one",
    severity: "critical",
    references: [
        "Checkov CKV_AWS_139",
        "Checkov CKV_AWS_293",
        "Trivy AWS-0343",
        "AWS FSBP RDS.7",
        "AWS FSBP RDS.8",
        "openclaw promise 4",
    ],
    remediation:
        "Set the resource's option protect, deletionProtection or its like to true, and forceDestroy to false.",
    url: "https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
    types: Object.keys(DATA),
    check(resource, report) {
        requireProtect(resource, report);
        const own = DATA[resource.type];
        if (own) requireFlag(resource.props, own.flag, own.safe, report);
    },
});

const EKS = "aws:eks/cluster:Cluster";
const RELEASE = "kubernetes:helm.sh/v3:Release";

export const groundProtected = resourceRule({
    name: "ground-protected",
    description:
        "Whatever all agents stand on is protected against deletion: the network, the cluster, its network plugin and its definitions",
    severity: "critical",
    references: ["openclaw promise 6"],
    remediation: "Set the resource's option protect, and the cluster's deletionProtection to true.",
    url: "https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
    types: [EKS, "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", RELEASE],
    settings: {
        charts: z
            .array(z.string().min(1))
            .default(["cilium", "karpenter-crd"])
            .describe("Charts without which no pod has a network, or with whose definitions objects go"),
    },
    check(resource, report, { charts }) {
        const { type, props } = resource;
        if (type === RELEASE) {
            const chart = props.text("chart")?.split("/").at(-1) ?? "";
            if (charts.includes(chart)) requireProtect(resource, report);
            return;
        }
        requireProtect(resource, report);
        if (type === EKS) requireFlag(props, "deletionProtection", true, report);
    },
});

export const protectionRules = [dataProtected, groundProtected];
