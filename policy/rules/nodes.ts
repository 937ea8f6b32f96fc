import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { agentSettings, eachAgent } from "./support/agents";
import { eachObject, kinds, nameOf, objectsOf, those } from "./support/kubernetes";
import { quantityAt, saidAt, seconds } from "./support/quantity";
import { inTurn, requireForm, requireOneOf } from "./support/values";

const POOLS = "https://karpenter.sh/docs/concepts/nodepools/";
const DISRUPTION = "https://karpenter.sh/docs/concepts/disruption/";
const SUBNET = "aws:ec2/subnet:Subnet";
const types = kinds("NodePool");
const NODE = "spec.template.spec";

export const poolLimit = resourceRule({
    name: "node-pool-limit",
    description: "Every node pool has an end of what it may launch, and so of what it may cost",
    severity: "high",
    references: ["openclaw promise 2", "openclaw promise 7"],
    remediation: "Set limits.cpu to the maximum or less.",
    url: `${POOLS}#speclimits`,
    types,
    settings: { maximumCores: z.number().positive().default(1000).describe("Cores that a pool may launch at most") },
    check({ props }, report, { maximumCores }) {
        const cores = quantityAt(props, "spec.limits.cpu");
        if (cores !== undefined && cores > 0 && cores <= maximumCores) return;
        report(
            `may launch ${cores === undefined ? "any number of" : saidAt(props, "spec.limits.cpu")} cores, ${maximumCores} are the most`,
        );
    },
});

/** The values that a pool's nodes may have for a label. */
function choicesOf(props: Reader, key: string): string[] | undefined {
    const found = props.list(`${NODE}.requirements`).find((each) => each.text("key") === key);
    return found?.text("operator") === "In" ? found.texts("values") : undefined;
}

export const poolZones = stackRule({
    name: "node-pool-zones",
    description: "Every node pool launches nodes in several zones, in which the stack has subnets",
    severity: "high",
    references: ["openclaw promise 2", "openclaw promise 6"],
    remediation: "Require topology.kubernetes.io/zone In two or more zones of the stack's subnets.",
    url: `${POOLS}#spectemplatespecrequirements`,
    types,
    settings: { minimumZones: z.int().min(1).default(2).describe("Zones at least") },
    check(stack, report, { minimumZones }) {
        const known = new Set(
            stack
                .ofType(SUBNET)
                .flatMap(
                    (subnet) => stack.decide(subnet, () => subnet.props.text("availabilityZone"), undefined) ?? [],
                ),
        );
        eachObject(stack, ["NodePool"], ({ props, resource }) => {
            const zones = choicesOf(props, "topology.kubernetes.io/zone") ?? [];
            const count = new Set(zones).size;
            if (count < minimumZones)
                report(resource, `launches nodes in ${count} named zones, ${minimumZones} are required`);
            const strange = known.size === 0 ? [] : zones.filter((zone) => !known.has(zone));
            if (strange.length > 0)
                report(resource, `launches nodes in ${strange.join(", ")}, where there is no subnet`);
        });
    },
});

export const poolMachines = resourceRule({
    name: "node-pool-machines",
    description: "Every node pool names the machines that it launches, which nobody takes back",
    severity: "medium",
    references: ["openclaw promise 2", "openclaw promise 6"],
    remediation:
        "Require node.kubernetes.io/instance-type In types, karpenter.sh/capacity-type In [on-demand], kubernetes.io/os In [linux].",
    url: `${POOLS}#spectemplatespecrequirements`,
    types,
    settings: {
        capacityTypes: z
            .array(z.string())
            .min(1)
            .default(["on-demand", "reserved"])
            .describe("Kinds of capacity that will do"),
    },
    check({ props }, report, { capacityTypes }) {
        const capacity = choicesOf(props, "karpenter.sh/capacity-type") ?? [];
        const other = capacity.filter((each) => !capacityTypes.includes(each));
        if (capacity.length === 0 || other.length > 0) {
            report(`launches ${other.join(", ") || "any"} capacity, ${capacityTypes.join(" or ")} is required`);
        }
        const machines = choicesOf(props, "node.kubernetes.io/instance-type") ?? [];
        const strange = machines.filter((each) => !/^[a-z]+\d[a-z0-9-]*\.[a-z0-9-]+$/.test(each));
        if (machines.length === 0 || strange.length > 0)
            report(`launches machines of type ${strange.join(", ") || "any"}`);
        const systems = choicesOf(props, "kubernetes.io/os") ?? [];
        if (systems.join() !== "linux")
            report(`launches nodes with ${systems.join(", ") || "any system"}, linux is required`);
    },
});

export const poolTaints = stackRule({
    name: "node-pool-taints",
    description: "Only pods that ask for a pool run on its nodes, and none before network and storage are ready",
    severity: "high",
    references: ["openclaw promise 1", "openclaw promise 6"],
    remediation:
        "Set a taint with NoSchedule, and startupTaints that the network's and the storage's agents take away.",
    url: `${POOLS}#cilium-startup-taint`,
    types,
    settings: {
        startup: z
            .array(z.string())
            .default(["node.cilium.io/agent-not-ready", "ebs.csi.aws.com/agent-not-ready"])
            .describe("Startup taints with NoExecute that every pool has"),
    },
    check(stack, report, { startup }) {
        eachObject(stack, ["NodePool"], ({ props, resource }) => {
            const own = props.list(`${NODE}.taints`).filter((taint) => taint.text("effect") === "NoSchedule");
            if (own.length === 0) report(resource, "has no taint with NoSchedule");
            const taints = props.list(`${NODE}.startupTaints`);
            const missing = startup.filter(
                (key) => !taints.some((taint) => taint.text("key") === key && taint.text("effect") === "NoExecute"),
            );
            if (missing.length > 0) report(resource, `has no startup taint ${missing.join(", ")} with NoExecute`);
        });
    },
});

export const poolExpiry = resourceRule({
    name: "node-pool-expiry",
    description: "No node gets old: it is replaced, and so has its fixes, within a month",
    severity: "medium",
    references: ["NSA/CISA Upgrading and application security", "openclaw promise 6"],
    remediation: "Set expireAfter to the maximum or less.",
    url: `${DISRUPTION}#expiration`,
    types,
    settings: { maximumHours: z.int().min(1).default(720).describe("Longest life of a node") },
    check({ props }, report, { maximumHours }) {
        const life = props.text(`${NODE}.expireAfter`);
        const hours = seconds(life) / 3600;
        if (!(hours > 0 && hours <= maximumHours))
            report(`lets nodes live ${life ?? "for any time"}, ${maximumHours}h is the most`);
    },
});

export const poolGrace = stackRule({
    name: "node-pool-grace-period",
    description: "A node that has to go waits for its agents to finish, and not for ever",
    severity: "medium",
    references: ["openclaw promise 4", "openclaw promise 6"],
    remediation: "Set terminationGracePeriod above that of agents and below the maximum.",
    url: `${DISRUPTION}#terminationgraceperiod`,
    types,
    settings: { ...agentSettings, maximumHours: z.int().min(1).default(24).describe("Longest time that a node waits") },
    check(stack, report, { agents, maximumHours }) {
        let longest = 0;
        eachAgent(stack, agents, ({ spec }) => {
            longest = Math.max(longest, spec.number("terminationGracePeriodSeconds") ?? 30);
        });
        eachObject(stack, ["NodePool"], ({ props, resource }) => {
            const said = props.text(`${NODE}.terminationGracePeriod`);
            const grace = seconds(said);
            if (grace > longest && grace <= maximumHours * 3600) return;
            report(
                resource,
                `gives nodes ${said ?? "any time"} to end, more than ${longest}s and up to ${maximumHours}h is required`,
            );
        });
    },
});

export const poolDisruption = resourceRule({
    name: "node-pool-disruption",
    description: "Karpenter takes away nodes with pods only a few at a time, and for no saving",
    severity: "high",
    references: ["openclaw promise 6"],
    remediation: "Set consolidationPolicy WhenEmpty with consolidateAfter, and a budget of nodes for each reason.",
    url: `${DISRUPTION}#nodepool-disruption-budgets`,
    types,
    settings: {
        largestPercent: z.int().min(1).max(100).default(10).describe("Share of a pool's nodes that may go at once"),
        reasons: z
            .array(z.string())
            .default(["Drifted", "Underutilized", "Unhealthy"])
            .describe("Reasons for which a budget must hold"),
    },
    check({ props }, report, { largestPercent, reasons }) {
        inTurn(
            () => requireOneOf(props, "spec.disruption.consolidationPolicy", ["WhenEmpty"], report),
            () =>
                requireForm(
                    props,
                    "spec.disruption.consolidateAfter",
                    /^(Never|(\d+[smh])+)$/,
                    "a time such as 10m",
                    report,
                ),
            () => {
                const budgets = props.list("spec.disruption.budgets");
                const few = budgets.filter((budget) => {
                    const percent = /^(\d+)%$/.exec(budget.text("nodes") ?? "")?.[1];
                    return percent !== undefined && Number(percent) <= largestPercent;
                });
                const bounded = (reason: string) =>
                    few.some((budget) => !budget.has("reasons") || budget.texts("reasons").includes(reason));
                const open = reasons.filter((reason) => !bounded(reason));
                if (open.length > 0)
                    report(`lets more than ${largestPercent}% of nodes go at once when ${open.join(", ")}`);
            },
        );
    },
});

export const poolClass = stackRule({
    name: "node-pool-class",
    description: "Every node pool launches nodes of a class of the stack",
    severity: "medium",
    references: ["openclaw promise 8"],
    remediation: "Name an EC2NodeClass of the stack in nodeClassRef.",
    url: `${POOLS}#spectemplatespecnodeclassref`,
    types,
    check(stack, report) {
        const classes = objectsOf(stack, "EC2NodeClass");
        eachObject(stack, ["NodePool"], ({ props, resource }) => {
            const ref = props.get(`${NODE}.nodeClassRef`);
            const name = ref.text("name");
            const found = those(stack, classes, (each) => name !== undefined && nameOf(each) === name);
            const right = ref.text("kind") === "EC2NodeClass" && ref.text("group") === "karpenter.k8s.aws";
            if (found.length === 0 || !right) report(resource, `names the class ${name ?? "none"}, which is not there`);
        });
    },
});

export const nodeRules = [
    poolLimit,
    poolZones,
    poolMachines,
    poolTaints,
    poolExpiry,
    poolGrace,
    poolDisruption,
    poolClass,
];
