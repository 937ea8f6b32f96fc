import { z } from "zod";
import { comparison } from "./comparison";
import { FORMAT, TIERS } from "./format";
import { byLoad, count, list, verdict } from "./shapes";

export type { ByLoad, LoadName, Verdict } from "./shapes";
export type * from "./comparison";
export { TIERS } from "./format";

/*
 * The plan as data: what every form of it (terminal, Markdown, page) is made from, what `--json` writes and `--compare` reads.
 * docs/plan.schema.json is written from this file.
 */

/** A zone, and what stands in it. */
const zone = z.object({
    name: z.string().describe("Zone, e.g. us-east-1a"),
    subnets: list(z.object({ role: z.string(), cidr: z.string() })),
    agents: count.describe("Agents, spread evenly; the fullest zone has the odd ones"),
    agentNodes: count.describe("Nodes that agents fill"),
    spareNodes: count.describe("Nodes that stand empty for the agents of a lost zone"),
    systemNodes: count.describe("Nodes of the platform's own pods, at least"),
    controlPlane: z.boolean(),
    brokers: list(z.string()).describe("Numbers of the brokers"),
    databases: list(z.object({ name: z.string(), role: z.enum(["writer", "reader"]) })),
    natGateway: z.boolean(),
    endpoints: count.describe("Interface endpoints of AWS services"),
});
export type ZoneContent = z.infer<typeof zone>;

/** Where everything stands: what the picture of the system is drawn from. */
const topology = z.object({
    zones: list(zone),
    agentNodeType: z.string(),
    systemNodeType: z.string(),
    brokerType: z.string(),
    databaseClass: z.string().describe("Instance class, or serverless with its range"),
    databaseEngine: z.string(),
    proxy: z.boolean().describe("Whether RDS Proxy stands between agents and database"),
    egressProxy: z.boolean().describe("Whether some class may reach named domains outside AWS"),
    copyRegion: z.string().optional().describe("Region of the second copy of every backup"),
    archive: z.object({ days: count, mode: z.string() }).describe("Object Lock of the decision archive"),
    services: list(z.string()).describe("AWS services that are reached without leaving the VPC"),
});
export type Topology = z.infer<typeof topology>;

const agentClass = z.object({
    name: z.string(),
    agents: count,
    cpuRequest: z.string(),
    cpuLimit: z.string(),
    memory: z.string(),
    ingress: z.string().describe("Bits per second into the pod, as Kubernetes writes them"),
    egress: z.string(),
    state: z.string().describe("Size of an agent's volume"),
    model: z.string(),
    councils: list(z.string()),
    skills: list(z.string()),
    allowedDomains: list(z.string()),
});
export type FleetClass = z.infer<typeof agentClass>;

const promise = z.object({
    number: z.number().int().min(1).max(8),
    title: z.string(),
    verdict: z
        .enum(["kept", "degrades", "broken"])
        .describe("The worst of its policies and of the loss of any one part"),
    because: z.string().describe("What decided the verdict, in one sentence"),
    values: list(z.string()).describe("The values of the plan that carry it"),
    rules: count.describe("Policies that enforce it"),
});
export type Promised = z.infer<typeof promise>;

/** What the loss of one part does to one promise. */
const effect = z.object({
    promise: z.number().int().min(1).max(7),
    verdict,
    because: z.string().describe("One sentence with the figures that decided"),
    seconds: z.number().optional().describe("Where it degrades: until it is whole again, at most, if nobody acts"),
    action: z.string().optional().describe("What somebody has to do for it; then `seconds` count from there"),
    lossSeconds: z.number().optional().describe("Of how many last seconds something acknowledged may be lost"),
});
export type Effect = z.infer<typeof effect>;

/** The kinds of parts that are taken away, one at a time. */
export const failureKind = z.enum([
    "zone",
    "agent-node",
    "system-node",
    "broker",
    "database-instance",
    "nat-gateway",
    "backup",
]);
export type FailureKind = z.infer<typeof failureKind>;

const failure = z.object({
    kind: failureKind,
    name: z.string().describe("Which one, e.g. us-east-1a"),
    title: z.string().describe("E.g. Zone us-east-1a is lost"),
    removes: list(z.string()).describe("What goes with it, e.g. 11 agent nodes with 160 agents"),
    verdict: verdict.describe("The worst of its effects"),
    effects: list(effect).describe("One for each promise from 1 to 7"),
});
export type Failure = z.infer<typeof failure>;

const capacityLine = z.object({
    group: z.enum(["agents", "nodes", "network", "brokers", "database", "storage"]),
    name: z.string(),
    need: z.number().describe("At the high load, with all zones up"),
    needZoneLost: z.number().optional().describe("The same in each zone that is left when one is lost"),
    limit: z.number(),
    unit: z.string(),
    verdict: z.enum(["fits", "tight", "exceeded"]).describe("tight: less than a fifth is left"),
    key: z.string().describe("What to change, e.g. openclaw:brokers.count"),
    note: z.string().optional(),
});
export type CapacityLine = z.infer<typeof capacityLine>;

const quotaLine = z.object({
    name: z.string(),
    service: z.string(),
    code: z.string().describe("Quota code of AWS Service Quotas, e.g. L-1216C47A"),
    need: z.number(),
    standard: z.number().describe("What a new account has"),
    unit: z.string(),
    raise: z.boolean().describe("Whether it must be raised before `up`"),
    note: z.string().optional(),
});
export type QuotaLine = z.infer<typeof quotaLine>;

const growthLine = z.object({
    store: z.string(),
    key: z.string().describe("What bounds it, e.g. openclaw:retention.decisionLogDays"),
    gibAfterMonths: list(z.object({ months: count, gib: z.number() })),
});
export type GrowthLine = z.infer<typeof growthLine>;

const capacity = z.object({
    lines: list(capacityLine),
    quotas: list(quotaLine),
    growth: list(growthLine).describe("At the expected load"),
});
export type Capacity = z.infer<typeof capacity>;

const costLine = z.object({
    tier: z.enum(TIERS),
    item: z.string().describe("E.g. Agent nodes, r8g.2xlarge"),
    quantity: byLoad,
    unit: z.string().describe("E.g. instance-hours, GB-months, million requests"),
    price: z.number().describe("US dollars for one unit"),
    priceKey: z.string().describe("Its entry in the price table"),
    usd: byLoad.describe("Quantity times price, a month"),
    note: z.string().optional().describe("Where the quantity comes from"),
});
export type CostLine = z.infer<typeof costLine>;

const cost = z.object({
    region: z.string(),
    priced: z.object({ asOf: z.string(), source: z.string() }).describe("Date and source of the price table"),
    interactionsPerDay: byLoad,
    lines: list(costLine),
    tiers: list(z.object({ tier: z.enum(TIERS), usd: byLoad })),
    total: byLoad.describe("US dollars a month"),
    perAgent: byLoad,
    perMillionInteractions: byLoad,
    unpriced: list(z.object({ item: z.string(), why: z.string() })).describe("What the total leaves out"),
    budget: z.object({
        usd: z.number(),
        share: byLoad.describe("Total as a part of the budget"),
        verdict: z.enum(["within", "tight", "exceeded"]),
    }),
});
export type Cost = z.infer<typeof cost>;

const policyFinding = z.object({
    resource: z.string().optional(),
    urn: z.string().optional(),
    type: z.string().optional(),
    message: z.string(),
});

const policies = z.looseObject({
    configuration: z.string(),
    passed: z.boolean(),
    resources: count,
    disabled: list(z.string()),
    rules: list(
        z.looseObject({
            name: z.string(),
            description: z.string(),
            severity: z.string(),
            level: z.string(),
            references: list(z.string()),
            remediation: z.string(),
            url: z.string(),
            looked: count,
            violations: list(policyFinding),
            undecided: list(policyFinding),
            excepted: list(policyFinding),
        }),
    ),
});
export type Policies = z.infer<typeof policies>;

const resource = z.object({
    urn: z.string(),
    type: z.string(),
    name: z.string(),
    parent: z.string().optional(),
    tier: z.string(),
    component: z.string(),
    id: z.string().describe("Made up offline, as one of AWS would look; the same in every plan"),
    inputs: z.record(z.string(), z.unknown()).describe("With secrets redacted"),
    dependencies: list(z.string()),
    protect: z.boolean(),
    retainOnDelete: z.boolean(),
    ignoreChanges: list(z.string()),
    aliases: list(z.string()).describe("URNs that it may have had before"),
});
export type DocumentResource = z.infer<typeof resource>;

export const planDocument = z.object({
    format: z.literal(FORMAT),
    project: z.string(),
    stack: z.string(),
    offline: z.literal(true),
    region: z.string(),
    account: z.string(),
    protect: z.boolean(),
    agents: count,
    topology,
    fleet: list(agentClass),
    promises: list(promise),
    failures: list(failure),
    capacity,
    cost: cost.optional().describe("Absent where the region has no price table"),
    policies,
    comparison: comparison.optional().describe("Where the plan was compared with another"),
    outputs: z.record(z.string(), z.unknown()),
    resources: list(resource).describe("What the cloud would hold; components are not among them"),
});
/** A whole plan. */
export type PlanDocument = z.infer<typeof planDocument>;
