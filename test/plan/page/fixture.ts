import { FORMAT, TIERS } from "../../../plan/document/format";
import type {
    ByLoad,
    Cost,
    CostLine,
    DocumentResource,
    Effect,
    Failure,
    PlanDocument,
} from "../../../plan/document/schema";

/* A plan of the size of prod that is the same whatever the program becomes; tests change what they are about. */

const LOADS = { low: 0.5, expected: 1, high: 1.5 };

/** A cost whose lines are the products that they say, and whose sums are sums. */
export function costOf(budget = 22_000): Cost {
    const line = (tier: CostLine["tier"], item: string, unit: string, price: number, quantity: ByLoad): CostLine => ({
        tier,
        item,
        unit,
        price,
        priceKey: item.toLowerCase().replaceAll(" ", "-"),
        quantity,
        usd: perLoad((load) => quantity[load] * price),
        note: `${item}, from the plan`,
    });
    const fixed = (amount: number) => perLoad(() => amount);
    const lines = [
        line("foundation", "NAT gateways", "hours", 0.045, fixed(1460)),
        line("foundation", "Interface endpoints", "hours", 0.01, fixed(20_440)),
        line("compute", "Agent nodes, r8g.2xlarge", "instance-hours", 0.47128, fixed(16_060)),
        line("compute", "Waiting nodes, r8g.2xlarge", "instance-hours", 0.47128, fixed(14_600)),
        line("coordination", "Brokers, kafka.m7g.large", "instance-hours", 0.204, fixed(2920)),
        line("data", "Database, db.r8g.xlarge", "instance-hours", 0.552, fixed(1460)),
        line(
            "data",
            "Writes and reads of the replica",
            "million requests",
            5,
            perLoad((load) => 60 * LOADS[load]),
        ),
        line(
            "operations",
            "Logs taken in",
            "GB",
            0.5,
            perLoad((load) => 120.5 * LOADS[load]),
        ),
    ];
    const sum = (own: readonly CostLine[]) => perLoad((load) => own.reduce((total, { usd }) => total + usd[load], 0));
    const total = sum(lines);
    return {
        region: "us-east-1",
        priced: { asOf: "2026-11-01", source: "AWS Price List API, on demand, without discounts" },
        interactionsPerDay: { low: 1_000_000, expected: 2_000_000, high: 3_000_000 },
        lines,
        tiers: TIERS.map((tier) => ({ tier, usd: sum(lines.filter((each) => each.tier === tier)) })),
        total,
        perAgent: perLoad((load) => total[load] / 320),
        perMillionInteractions: perLoad((load) => total[load] / (60 * LOADS[load])),
        unpriced: [{ item: "Tokens of the models", why: "They follow what agents are asked, and the model." }],
        budget: {
            usd: budget,
            share: perLoad((load) => total[load] / budget),
            verdict: total.expected > budget ? "exceeded" : total.expected > 0.8 * budget ? "tight" : "within",
        },
    };
}

function perLoad(figure: (load: keyof ByLoad) => number): ByLoad {
    return { low: figure("low"), expected: figure("expected"), high: figure("high") };
}

/** A failure that leaves every promise whole, except for what is said. */
export function failureOf(
    kind: Failure["kind"],
    name: string,
    title: string,
    removes: readonly string[],
    effects: readonly Effect[],
): Failure {
    const all = [1, 2, 3, 4, 5, 6, 7].map(
        (promise) =>
            effects.find((effect) => effect.promise === promise) ?? {
                promise,
                verdict: "holds" as const,
                because: "Nothing of it stood there",
            },
    );
    const worst = ["breaks" as const, "degrades" as const].find((verdict) =>
        all.some((effect) => effect.verdict === verdict),
    );
    return { kind, name, title, removes: [...removes], verdict: worst ?? "holds", effects: all };
}

const failures = [
    ...["us-east-1a", "us-east-1b"].map((zone) =>
        failureOf(
            "zone",
            zone,
            `Zone ${zone} is lost`,
            ["11 agent nodes with 160 agents", "2 brokers", "1 database instance"],
            [
                {
                    promise: 1,
                    verdict: "degrades",
                    because: "160 agents start again on 10 nodes that wait in the other zone, from their replicas",
                    seconds: 240,
                    lossSeconds: 10,
                },
                {
                    promise: 4,
                    verdict: "degrades",
                    because: "The reader becomes the writer; acknowledged rows are in both zones",
                    seconds: 60,
                    lossSeconds: 0,
                },
            ],
        ),
    ),
    failureOf(
        "agent-node",
        "any",
        "A node with agents is lost",
        ["1 agent node with 15 agents"],
        [
            {
                promise: 1,
                verdict: "degrades",
                because: "15 agents start again on nodes that wait",
                seconds: 150,
                lossSeconds: 10,
            },
        ],
    ),
    ...["1", "2", "3", "4"].map((name) => failureOf("broker", name, `Broker ${name} is lost`, ["1 broker"], [])),
    failureOf(
        "database-instance",
        "one",
        "The database's writer is lost",
        ["1 database instance"],
        [{ promise: 4, verdict: "degrades", because: "The reader takes over", seconds: 60, lossSeconds: 0 }],
    ),
    failureOf("backup", "daily", "The last daily backup cannot be restored", ["1 recovery point"], []),
];

const promise = (number: number, title: string) => ({
    number,
    title,
    verdict: number === 1 || number === 4 ? ("degrades" as const) : ("kept" as const),
    because: `${number * 9} policies hold, and the loss of any one of 9 parts leaves it whole`,
    values: ["a value of the plan", "another one"],
    rules: number * 9,
});

const zone = (letter: string, brokers: readonly string[], role: "writer" | "reader") => ({
    name: `us-east-1${letter}`,
    subnets: [{ role: "nodes", cidr: "10.64.0.0/18" }],
    agents: 160,
    agentNodes: 11,
    spareNodes: 10,
    systemNodes: 2,
    controlPlane: true,
    brokers,
    databases: [{ name: `openclaw-prod-${letter}`, role }],
    natGateway: true,
    endpoints: 14,
});

const TIERS_OF_RESOURCES = [...TIERS, "other"];

/** So many resources, in components of ten. */
export function resourcesOf(count: number): DocumentResource[] {
    return Array.from({ length: count }, (_, index) => ({
        urn: `urn:pulumi:prod::openclaw::aws:kms/key:Key::key-${index}`,
        type: index % 2 === 0 ? "aws:kms/key:Key" : "kubernetes:core/v1:ConfigMap",
        name: `key-${index}`,
        tier: TIERS_OF_RESOURCES[Math.floor(index / 120) % TIERS_OF_RESOURCES.length] ?? "other",
        component: `part-${Math.floor(index / 10)}`,
        id: `key-${index}-0a1b2c3`,
        inputs: {
            description: `Key number ${index}`,
            policy: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "kms:Decrypt" }] }),
            tags: { "openclaw:environment": "prod" },
        },
        dependencies: index === 0 ? [] : [`urn:pulumi:prod::openclaw::aws:kms/key:Key::key-${index - 1}`],
        protect: index % 7 === 0,
        retainOnDelete: false,
        ignoreChanges: [],
        aliases: [],
    }));
}

const rule = (name: string, severity: string): PlanDocument["policies"]["rules"][number] => ({
    name,
    description: `What ${name} asks for`,
    severity,
    level: "mandatory",
    references: ["CIS EKS 4.2.1", "openclaw promise 1"],
    remediation: "Set it.",
    url: "https://kubernetes.io/docs/concepts/",
    looked: 24,
    violations: [],
    undecided: [],
    excepted: [],
});

/** The plan, with what a test changes. */
export function documentWith(changes: Partial<PlanDocument> = {}): PlanDocument {
    return {
        format: FORMAT,
        project: "openclaw",
        stack: "prod",
        offline: true,
        region: "us-east-1",
        account: "111122223333",
        protect: true,
        agents: 320,
        topology: {
            zones: [zone("a", ["1", "3"], "writer"), zone("b", ["2", "4"], "reader")],
            agentNodeType: "r8g.2xlarge",
            systemNodeType: "m8g.xlarge",
            brokerType: "kafka.m7g.large",
            databaseClass: "db.r8g.xlarge",
            databaseEngine: "Aurora PostgreSQL 17.7",
            proxy: true,
            egressProxy: true,
            copyRegion: "us-west-2",
            archive: { days: 400, mode: "compliance" },
            services: ["bedrock-runtime", "kms", "logs", "s3", "sts"],
        },
        fleet: ["coordinator", "analyst"].map((name) => ({
            name,
            agents: 160,
            cpuRequest: "250m",
            cpuLimit: "2",
            memory: "3Gi",
            ingress: "50M",
            egress: "20M",
            state: "10Gi",
            model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            councils: ["strategy"],
            skills: [],
            allowedDomains: name === "analyst" ? ["api.github.com"] : [],
        })),
        promises: [
            promise(1, "Every agent is its own pod, with limits and isolated state"),
            promise(2, "Capacity grows by adding pods, over at least two zones"),
            promise(3, "Messages of a council session in order, at least once, in time"),
            promise(4, "Data durable, encrypted, restorable to a point in time"),
            promise(5, "Decision logs at least one year, unalterable"),
            promise(6, "No single zone, node, broker or writer stops the platform"),
            promise(7, "Someone is told before a promise breaks"),
            promise(8, "A change that would break a promise is refused in the pull request"),
        ],
        failures,
        capacity: {
            lines: [
                {
                    group: "agents",
                    name: "Agents at work",
                    need: 290,
                    needZoneLost: 290,
                    limit: 320,
                    unit: "agents",
                    verdict: "tight",
                    key: "openclaw:fleet.classes",
                },
                {
                    group: "brokers",
                    name: "Taken in by each broker",
                    need: 12.4,
                    limit: 60,
                    unit: "MB/s",
                    verdict: "fits",
                    key: "openclaw:brokers.instanceType",
                    note: "Sustained, by AWS's figures",
                },
            ],
            quotas: [
                {
                    name: "Running on-demand standard instances",
                    service: "ec2",
                    code: "L-1216C47A",
                    need: 368,
                    standard: 5,
                    unit: "vCPUs",
                    raise: true,
                },
            ],
            growth: [
                {
                    store: "Decisions in the database",
                    key: "openclaw:retention.decisionLogDays",
                    gibAfterMonths: [1, 6, 13].map((months) => ({ months, gib: months * 28 })),
                },
            ],
        },
        cost: costOf(),
        policies: {
            configuration: "policy/config/prod.json",
            passed: true,
            resources: 650,
            disabled: [],
            rules: [rule("agent-kind", "high"), rule("key-rotation", "critical"), rule("tags", "low")],
        },
        outputs: {},
        resources: resourcesOf(650),
        ...changes,
    };
}
