import { z } from "zod";
import type { Resource } from "../engine/resource";
import { resourceRule, type ReportResource } from "../engine/rule";
import type { Reader } from "../engine/value";
import { AWS_PROVIDER } from "./tags";
import { inTurn, requireNumber, requireOneOf } from "./support/values";

export const allowedRegions = resourceRule({
    name: "allowed-regions",
    description: "Everything in AWS stands in a region that is allowed",
    severity: "high",
    references: ["openclaw promise 4", "openclaw promise 7"],
    remediation: "Set region of the provider, or of the resource, to an allowed one.",
    url: "https://docs.aws.amazon.com/controltower/latest/userguide/region-deny.html",
    types: (type) => type === AWS_PROVIDER || type.startsWith("aws:"),
    settings: {
        regions: z.array(z.string()).min(1).default(["us-east-1", "us-west-2"]).describe("Regions that may be used"),
    },
    check({ type, props }, report, { regions }) {
        // A resource without a region of its own is in its provider's.
        if (type === AWS_PROVIDER || props.has("region")) requireOneOf(props, "region", regions, report);
    },
});

export const providerAccount = resourceRule({
    name: "provider-account",
    description: "A stack can be made in the account that it is for alone, with credentials that were checked",
    severity: "high",
    references: ["openclaw promise 8"],
    remediation: "Set allowedAccountIds of the provider to the account, and leave skipCredentialsValidation.",
    url: "https://www.pulumi.com/registry/packages/aws/installation-configuration/",
    types: [AWS_PROVIDER],
    check: ({ props }, report) =>
        inTurn(
            () => {
                const accounts = props.json("allowedAccountIds").texts();
                if (accounts.length === 0) report("takes any account: allowedAccountIds is empty");
                const strange = accounts.filter((account) => !/^\d{12}$/.test(account));
                if (strange.length > 0) report(`allows ${strange.join(", ")}, which is no account`);
            },
            () => {
                if (props.flag("skipCredentialsValidation")) report("does not check its credentials");
            },
        ),
});

/** Families and sizes, as settings of a rule. */
function choice(families: readonly string[], sizes: readonly string[]) {
    return {
        families: z
            .array(z.string())
            .min(1)
            .default([...families])
            .describe("Families that may be used, e.g. m8g"),
        sizes: z
            .array(z.string())
            .min(1)
            .default([...sizes])
            .describe("Sizes that may be used, e.g. xlarge"),
    };
}

interface Choice {
    readonly families: readonly string[];
    readonly sizes: readonly string[];
}

/** `m8g.xlarge`, without the `db.` or `kafka.` before it. */
function requireMachine(type: string, { families, sizes }: Choice, report: ReportResource): void {
    const [family = "", size = ""] = type.replace(/^(db|kafka)\./, "").split(".");
    if (!families.includes(family)) report(`has machines of type ${type}, of ${families.join(", ")} is required`);
    else if (size !== "" && !sizes.includes(size)) {
        report(`has machines of type ${type}, in size ${sizes.join(", ")} is required`);
    }
}

const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const INSTANCE_TYPE = "node.kubernetes.io/instance-type";

/** The machines of a node group, a pool of Karpenter, or a machine by itself. */
function machinesOf({ type, props }: Resource): readonly Reader[] {
    if (type === NODE_GROUP) return props.list("instanceTypes");
    if (!type.endsWith(":NodePool")) return props.has("instanceType") ? [props.get("instanceType")] : [];
    return props
        .list("spec.template.spec.requirements")
        .filter((each) => each.text("key") === INSTANCE_TYPE)
        .flatMap((each) => each.list("values"));
}

export const nodeMachines = resourceRule({
    name: "node-machines",
    description:
        "Nodes are machines of a kind and size that was chosen: capacity grows by more of them, not by larger ones",
    severity: "medium",
    references: ["openclaw promise 2", "openclaw promise 7"],
    remediation:
        "Name machines of the allowed families and sizes, or allow another one for a reason that is written down.",
    url: "https://aws.amazon.com/ec2/instance-types/",
    types: [NODE_GROUP, "kubernetes:karpenter.sh/v1:NodePool", "aws:ec2/instance:Instance"],
    settings: choice(["m6g", "m7g", "m8g", "r7g", "r8g", "c7g", "m7i"], ["large", "xlarge", "2xlarge", "4xlarge"]),
    check(resource, report, settings) {
        const machines = machinesOf(resource);
        if (machines.length === 0 && resource.type === NODE_GROUP) report("names no machines: AWS takes t3.medium");
        for (const machine of machines) requireMachine(machine.text() ?? "", settings, report);
    },
});

export const brokerMachines = resourceRule({
    name: "broker-machines",
    description: "Brokers are machines of a kind and size that was chosen, large enough for private connections",
    severity: "medium",
    references: ["openclaw promise 3", "openclaw promise 7"],
    remediation:
        "Set brokerNodeGroupInfo.instanceType to an allowed family and size. kafka.t3.small takes no Firehose.",
    url: "https://docs.aws.amazon.com/msk/latest/developerguide/broker-instance-types.html",
    types: ["aws:msk/cluster:Cluster"],
    settings: choice(["m7g"], ["large", "xlarge", "2xlarge", "4xlarge"]),
    check({ props }, report, settings) {
        const type = props.text("brokerNodeGroupInfo.instanceType");
        if (!type?.startsWith("kafka."))
            report(`has brokers of type ${type ?? "of none"}, kafka.<family>.<size> is required`);
        else requireMachine(type, settings, report);
    },
});

export const databaseMachines = resourceRule({
    name: "database-machines",
    description: "Database servers are machines of a kind and size that was chosen",
    severity: "medium",
    references: ["openclaw promise 6", "openclaw promise 7"],
    remediation:
        "Set instanceClass to an allowed family and size; burstable ones run out of credits when they are needed.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.html",
    types: ["aws:rds/clusterInstance:ClusterInstance", "aws:rds/instance:Instance"],
    settings: choice(["r7g", "r8g"], ["large", "xlarge", "2xlarge", "4xlarge"]),
    check({ props }, report, settings) {
        const type = props.text("instanceClass");
        if (!type?.startsWith("db.")) report(`has instanceClass ${type ?? "of none"}, db.<family>.<size> is required`);
        else requireMachine(type, settings, report);
    },
});

const SERVERLESS = "serverlessv2ScalingConfiguration";

export const scalingCeiling = resourceRule({
    name: "scaling-ceiling",
    description: "What grows by itself has an end that somebody agreed to pay for",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation: "Set maxCapacity to at most the ceiling, and minCapacity below it.",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/cost-optimization-pillar/manage-demand-and-supply-resources.html",
    types: ["aws:appautoscaling/target:Target", "aws:rds/cluster:Cluster"],
    settings: {
        brokerGiB: z.int().min(1).default(4096).describe("Size of each broker's volume at most"),
        databaseUnits: z
            .number()
            .min(0.5)
            .max(256)
            .default(32)
            .describe("Capacity units of a serverless database at most"),
    },
    check({ type, props }, report, { brokerGiB, databaseUnits }) {
        if (type === "aws:rds/cluster:Cluster") {
            if (!props.has(SERVERLESS)) return;
            requireNumber(props, `${SERVERLESS}.minCapacity`, { least: 0, most: databaseUnits }, report);
            requireNumber(props, `${SERVERLESS}.maxCapacity`, { least: 0.5, most: databaseUnits }, report);
        } else if (props.text("serviceNamespace") === "kafka") {
            requireNumber(props, "maxCapacity", { least: 1, most: brokerGiB }, report);
        }
    },
});

export const costRules = [
    allowedRegions,
    providerAccount,
    nodeMachines,
    brokerMachines,
    databaseMachines,
    scalingCeiling,
];
