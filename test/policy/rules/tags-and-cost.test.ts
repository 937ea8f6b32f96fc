import * as cost from "../../../policy/rules/cost";
import * as tags from "../../../policy/rules/tags";
import { change, document, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const PROVIDER = "aws";
const TEMPLATE = "system-nodes-template";
const DRIVER = "addons-aws-ebs-csi-driver";
const OTHER = { "openclaw:environment": "other", "openclaw:owner": "nobody", "openclaw:cost-center": "none" };

/** Changes the tags that the provider sets on everything. */
const defaults = (own: Record<string, string>) => set(PROVIDER, "defaultTags", JSON.stringify({ tags: own }));

describe("policy: tags", () => {
    prove(tags.requiredTags, {
        breaks: [
            defaults({ ...OTHER, "openclaw:owner": " " }),
            defaults({ "openclaw:environment": "openclaw-prod", "openclaw:owner": "agents-platform@example.com" }),
        ],
        missing: unset(PROVIDER, "defaultTags"),
        unknown: unknown(PROVIDER, "defaultTags"),
        also: {
            "tags-kept": "what repeats the tags has other values",
            "tags-passed-on": "what repeats the tags has other values",
            "budget-scope": "the budget counts another environment",
            "alarm-subjects": "agents report under another name",
        },
    });

    prove(tags.tagsKept, {
        breaks: [
            set("network-vpc", "tags", { "openclaw:owner": "" }),
            set("network-vpc", "tags", { "openclaw:cost-center": "other" }),
        ],
        missing: { passes: unset("network-vpc", "tags"), because: "the provider's tags hold" },
        unknown: unknown("network-vpc", "tags"),
    });

    prove(tags.tagsPassedOn, {
        breaks: [
            unset(TEMPLATE, "tagSpecifications.1"),
            change(TEMPLATE, (inputs) => {
                const [instance] = inputs["tagSpecifications"] as { tags: Record<string, string> }[];
                Object.assign(instance?.tags ?? {}, { "openclaw:owner": "other" });
            }),
            document(DRIVER, "configurationValues", (configuration) => {
                Object.assign(configuration["controller"] ?? {}, { extraVolumeTags: {} });
            }),
        ],
        missing: unset(TEMPLATE, "tagSpecifications.0.tags"),
        unknown: unknown(TEMPLATE, "tagSpecifications.0.tags"),
    });

    prove(tags.interfacesOwned, {
        breaks: [
            change(TEMPLATE, (inputs) => {
                const specifications = inputs["tagSpecifications"] as { tags: Record<string, string> }[];
                Object.assign(specifications[2]?.tags ?? {}, { "kubernetes.io/cluster/openclaw-prod": "shared" });
            }),
        ],
        missing: unset(TEMPLATE, "tagSpecifications.2"),
        unknown: unknown(TEMPLATE, "tagSpecifications.2.tags"),
    });

    prove(tags.budgetScope, {
        breaks: [
            set("operations-budget", "costFilters.0.values", ["user:openclaw:environment$openclaw-staging"]),
            set("operations-budget", "costFilters.0.name", "Service"),
        ],
        missing: unset("operations-budget", "costFilters"),
        unknown: unknown("operations-budget", "costFilters"),
    });
});

describe("policy: regions, accounts and machines", () => {
    prove(cost.allowedRegions, {
        breaks: [set(PROVIDER, "region", "eu-west-1"), set("recovery-copy-key-alias", "region", "ap-south-1")],
        missing: unset(PROVIDER, "region"),
        unknown: unknown(PROVIDER, "region"),
    });

    prove(cost.providerAccount, {
        breaks: [
            set(PROVIDER, "allowedAccountIds", "[]"),
            set(PROVIDER, "allowedAccountIds", '["any"]'),
            set(PROVIDER, "skipCredentialsValidation", "true"),
        ],
        missing: unset(PROVIDER, "allowedAccountIds"),
        unknown: unknown(PROVIDER, "allowedAccountIds"),
    });

    prove(cost.nodeMachines, {
        breaks: [
            set("system-nodes-a", "instanceTypes", ["m8g.48xlarge"]),
            set("system-nodes-a", "instanceTypes", ["p5.48xlarge"]),
            set("agent-nodes-pool", "spec.template.spec.requirements.1.values", ["r8g.24xlarge"]),
        ],
        missing: unset("system-nodes-a", "instanceTypes"),
        unknown: unknown("system-nodes-a", "instanceTypes"),
    });

    prove(cost.brokerMachines, {
        breaks: [
            set("brokers-cluster", "brokerNodeGroupInfo.instanceType", "kafka.t3.small"),
            set("brokers-cluster", "brokerNodeGroupInfo.instanceType", "kafka.m7g.16xlarge"),
            set("brokers-cluster", "brokerNodeGroupInfo.instanceType", "express.m7g.large"),
        ],
        missing: unset("brokers-cluster", "brokerNodeGroupInfo.instanceType"),
        unknown: unknown("brokers-cluster", "brokerNodeGroupInfo.instanceType"),
    });

    prove(cost.databaseMachines, {
        breaks: [
            set("database-instance-a-1", "instanceClass", "db.t4g.medium"),
            set("database-instance-a-1", "instanceClass", "db.r8g.48xlarge"),
        ],
        missing: unset("database-instance-a-1", "instanceClass"),
        unknown: unknown("database-instance-a-1", "instanceClass"),
    });

    prove(cost.scalingCeiling, {
        breaks: [set("brokers-storage", "maxCapacity", 5000)],
        missing: {
            passes: (resources) => [...resources],
            because: "what does not grow by itself needs no ceiling, and what does has one or AWS refuses it",
        },
        unknown: unknown("brokers-storage", "maxCapacity"),
    });

    prove(cost.scalingCeiling, {
        stack: "staging",
        breaks: [set("database-cluster", "serverlessv2ScalingConfiguration.maxCapacity", 64)],
        missing: unset("database-cluster", "serverlessv2ScalingConfiguration.maxCapacity"),
        unknown: unknown("database-cluster", "serverlessv2ScalingConfiguration.maxCapacity"),
    });
});
