import { z } from "zod";
import type { Resource, Stack } from "../engine/resource";
import { resourceRule, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { referred } from "./support/related";
import { nodeSubnets } from "./support/routes";

export const AWS_PROVIDER = "pulumi:providers:aws";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const CLUSTER = "aws:eks/cluster:Cluster";
const ADD_ON = "aws:eks/addon:Addon";
const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
const BUDGET = "aws:budgets/budget:Budget";
const TAGGING = "https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html";

const required = z
    .array(z.string())
    .default(["openclaw:environment", "openclaw:owner", "openclaw:cost-center"])
    .describe("Tags that everything has");

/** Tags by name. Names have dots and colons in them, so that no path leads to them. */
type Tags = ReadonlyMap<string, string | undefined>;

function tagsAt(props: Reader, path: string): Tags {
    return new Map(
        props
            .json(path)
            .entries()
            .map(([tag, value]) => [tag, value.text()]),
    );
}

/** The tags that a provider of AWS sets on all that it makes. */
function defaultTags({ props }: Resource): Tags {
    return new Map(
        props
            .json("defaultTags")
            .entries("tags")
            .map(([tag, value]) => [tag, value.text()]),
    );
}

export const requiredTags = resourceRule({
    name: "required-tags",
    description: "Everything in AWS says which environment it is of, whose it is and who pays for it",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation: "Set the tags in defaultTags of the provider: they reach all that takes tags.",
    url: TAGGING,
    types: [AWS_PROVIDER],
    settings: { required },
    check(provider, report, { required: names }) {
        const tags = defaultTags(provider);
        for (const name of names) {
            const value = tags.get(name);
            if (value === undefined) report(`has no default tag ${name}`);
            else if (value.trim() === "") report(`has an empty default tag ${name}`);
        }
    },
});

export const tagsKept = stackRule({
    name: "tags-kept",
    description: "No resource hides the required tags behind its own",
    severity: "low",
    references: ["openclaw promise 7"],
    remediation: "Remove the tag from the resource, so that the provider's holds.",
    url: TAGGING,
    types: (type) => type.startsWith("aws:"),
    settings: { required },
    check(stack, report, { required: names }) {
        const wanted = wantedTags(stack, names);
        stack.each(
            stack.matching((type) => type.startsWith("aws:")),
            (resource) => {
                if (resource.props.has("tags")) differing(tagsAt(resource.props, "tags"), wanted, resource, report);
            },
        );
    },
});

/** The required tags with the value that the providers give them, where all give the same. */
function wantedTags(stack: Stack, names: readonly string[]): Tags {
    const all = stack
        .ofType(AWS_PROVIDER)
        .map((provider) => stack.decide(provider, () => defaultTags(provider), new Map()));
    return new Map(
        names.map((name) => {
            const values = new Set(all.map((tags: Tags) => tags.get(name)));
            return [name, values.size === 1 ? [...values][0] : undefined];
        }),
    );
}

function differing(
    tags: Tags,
    wanted: Tags,
    resource: Resource,
    report: (of: Resource, message: string) => void,
): void {
    for (const [name, value] of wanted) {
        if (!tags.has(name)) continue;
        const own = tags.get(name) ?? "";
        if (own.trim() === "" || (value !== undefined && own !== value)) {
            report(resource, `has ${name} ${own || "of nothing"}, ${value ?? "a value"} is required`);
        }
    }
}

/** Tags of what AWS makes for a resource, which the provider's own do not reach, each with what it is. */
function passedOn({ type, props }: Resource): readonly (readonly [of: string, tags: Tags])[] {
    if (type === TEMPLATE) {
        const specifications = props.list("tagSpecifications");
        return ["instance", "volume", "network-interface"].map((kind) => {
            const found = specifications.find((each) => each.text("resourceType") === kind);
            return [kind, found ? tagsAt(found, "tags") : new Map<string, string>()];
        });
    }
    if (props.text("addonName") !== "aws-ebs-csi-driver") return [];
    return [["volume", tagsAt(props.json("configurationValues"), "controller.extraVolumeTags")]];
}

export const tagsPassedOn = stackRule({
    name: "tags-passed-on",
    description: "Machines, volumes and network interfaces that AWS makes for others bear the required tags as well",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation:
        "Set the tags in tagSpecifications of the launch template for instance, volume and network-interface, and in " +
        "controller.extraVolumeTags of the EBS driver.",
    url: "https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html",
    types: [TEMPLATE, ADD_ON],
    settings: { required },
    check(stack, report, { required: names }) {
        const wanted = wantedTags(stack, names);
        stack.each(stack.ofType(TEMPLATE, ADD_ON), (resource) => {
            for (const [kind, tags] of passedOn(resource)) {
                const lacking = names.filter((name) => !tags.has(name));
                if (lacking.length > 0) report(resource, `sets no ${lacking.join(", ")} on each ${kind}`);
                differing(tags, wanted, resource, report);
            }
        });
    },
});

export const interfacesOwned = stackRule({
    name: "node-interfaces-owned",
    description:
        "The network interfaces of nodes are marked as the cluster's, by which alone its network may change them",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation: "Set kubernetes.io/cluster/<name> to owned for network-interface in tagSpecifications.",
    url: "https://docs.cilium.io/en/stable/network/concepts/ipam/eni/",
    types: [NODE_GROUP],
    check(stack, report) {
        stack.each(stack.ofType(NODE_GROUP), (group) => {
            const [cluster] = referred(stack, group, "clusterName", [CLUSTER]);
            const name = cluster?.props.text("name") ?? group.props.text("clusterName");
            stack.each(referred(stack, group, "launchTemplate.id", [TEMPLATE]), (template) => {
                const tags = new Map(passedOn(template)).get("network-interface");
                if (tags?.get(`kubernetes.io/cluster/${name}`) !== "owned") {
                    report(template, `does not mark network interfaces with kubernetes.io/cluster/${name} owned`);
                }
            });
        });
    },
});

export const nodeNetworkTagged = stackRule({
    name: "node-network-tagged",
    description:
        "The subnets and security groups of nodes are marked for discovery, by which alone controllers may use them",
    severity: "medium",
    references: ["openclaw promise 2"],
    remediation: "Set the tag to the cluster's name on the subnets and security groups of nodes.",
    url: "https://karpenter.sh/docs/concepts/nodeclasses/#specsubnetselectorterms",
    types: ["kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"],
    settings: { tag: z.string().default("karpenter.sh/discovery").describe("Tag by which controllers find networks") },
    check(stack, report, { tag }) {
        const [cluster] = stack.ofType(CLUSTER);
        if (cluster === undefined || stack.ofType("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass").length === 0) return;
        const name = stack.decide(cluster, () => cluster.props.text("name"), undefined);
        const templates = stack
            .ofType(NODE_GROUP)
            .flatMap((group) => referred(stack, group, "launchTemplate.id", [TEMPLATE]));
        const groups = templates.flatMap((template) =>
            referred(stack, template, "networkInterfaces", [SECURITY_GROUP]),
        );
        stack.each([...new Set([...nodeSubnets(stack), ...groups])], (part) => {
            const value = tagsAt(part.props, "tags").get(tag);
            if (value === undefined) report(part, `has no tag ${tag}`);
            else if (name !== undefined && value !== name)
                report(part, `has the tag ${tag} ${value}, ${name} is required`);
        });
    },
});

export const budgetScope = stackRule({
    name: "budget-scope",
    description: "A budget counts what this environment costs, by its tag",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation: "Set costFilters to TagKeyValue user:<tag>$<value> with the provider's value of the tag.",
    url: "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create-filters.html",
    types: [BUDGET],
    settings: { tag: z.string().default("openclaw:environment").describe("Tag that tells environments apart") },
    check(stack, report, { tag }) {
        const value = wantedTags(stack, [tag]).get(tag);
        const wanted = `user:${tag}$${value ?? ""}`;
        stack.each(stack.ofType(BUDGET), (budget) => {
            const filters = budget.props.list("costFilters").filter((each) => each.text("name") === "TagKeyValue");
            const values = filters.flatMap((each) => each.texts("values"));
            if (!values.some((each) => (value === undefined ? each.startsWith(wanted) : each === wanted))) {
                report(budget, `counts ${values.join(", ") || "the whole account"}, ${wanted} is required`);
            }
        });
    },
});

export const tagRules = [requiredTags, tagsKept, tagsPassedOn, interfacesOwned, nodeNetworkTagged, budgetScope];
