import { strict as assert } from "node:assert";
import fc from "fast-check";
import type { Graph } from "../../../plan/graph";
import { list, properties } from "../../../plan/resources";
import { type Changes, graphOf } from "../../support/stacks";
import { changed, cost, costWith, type Load, LOADS, underLoad, withInputs } from "./support";

/** A line that changes by more than is worked here. */
const CHANGES = null;

const NODE_LINES = {
    "Container Insights": CHANGES,
    "Flow logs kept": CHANGES,
    "Flow logs taken in": CHANGES,
    "Logs of agents and cluster kept": CHANGES,
};
const DATABASE_SIZE = ["Database storage", "Snapshots of the database"];
const ROWS = { decisions: (10_000 * 0.2 * 2490) / 1024 ** 3, audit: (10_000 * 481) / 1024 ** 3 };
const STORED = (days: number) => (ROWS.decisions + ROWS.audit) * days + (10_000 * 0.1 * 16_020 * 365) / 1024 ** 3;

/** Changes of a stack, and the lines that they change, with their quantity at the expected load: these and no other. 0: it goes. */
const CASES: readonly (readonly [
    stack: "staging" | "prod",
    changes: Changes,
    lines: Readonly<Record<string, number | typeof CHANGES>>,
])[] = [
    [
        "staging",
        {
            "openclaw:network.natGateways": "per-zone",
            "openclaw:cluster.systemNodes.diskGiB": 60,
            "openclaw:cluster.systemNodes.instanceTypes": ["m8g.large"],
            "openclaw:fleet.nodes.diskGiB": 100,
        },
        {
            Alarms: CHANGES,
            "NAT gateways": 2 * 730,
            "Public addresses": 2 * 730,
            "System nodes, m7g.large": 0,
            "System nodes, m8g.large": 2 * 730,
            "Disks of system nodes": 2 * (60 + 4),
            "Disks of agent nodes": 2 * (100 + 4),
        },
    ],
    [
        "staging",
        { "openclaw:cluster.systemNodes.minPerZone": 2 },
        {
            ...NODE_LINES,
            "Disks of system nodes": 4 * 44,
            "Images through NAT": 6 * 3,
            "Logs of the cluster taken in": 15 + 6 * 1.5,
            "System nodes, m7g.large": 4 * 730,
        },
    ],
    [
        "prod",
        { "openclaw:fleet.nodes.headroom": "on-demand" },
        {
            ...NODE_LINES,
            "Disks of spare nodes": 0,
            "Images through NAT": 26 * 3,
            "Logs of the cluster taken in": 15 + 26 * 1.5,
            "Spare nodes, r8g.2xlarge": 0,
        },
    ],
    [
        "staging",
        {
            "openclaw:fleet.classes.analyst.stateSize": "20Gi",
            "openclaw:brokers.instanceType": "kafka.m7g.xlarge",
            "openclaw:brokers.volumeGiB": 100,
            "openclaw:brokers.monitoring": "PER_TOPIC_PER_PARTITION",
            "openclaw:database.serverless": { minAcu: 2, maxAcu: 4 },
            "openclaw:database.pointInTimeRecoveryDays": 14,
        },
        {
            "Volumes of agents": 4 * 20 + 2 * 10,
            "Snapshots in agents' replicas": 100 * 0.05 * (7 + 3),
            "Brokers, kafka.m7g.large": 0,
            "Brokers, kafka.m7g.xlarge": 2 * 730,
            "Volumes of brokers": 2 * 100,
            "Metrics of brokers": 2 * 40 + 2 * 5 * 10 + 2 * (12 + 12 + 6 + 6 + 2),
            "Database, serverless 0.5 to 4 ACU": 0,
            "Database, serverless 2 to 4 ACU": 2 * 730,
            "Snapshots of the database": (STORED(365) * (35 - 14)) / 30.4,
        },
    ],
    [
        "prod",
        {
            "openclaw:brokers.topics.agentMessages.retentionHours": 720,
            "openclaw:database.insights": "standard",
        },
        { "Volumes of brokers": CHANGES, "Database Insights, advanced": 0 },
    ],
    [
        "staging",
        { "openclaw:retention.decisionLogDays": 400 },
        {
            "Database storage": STORED(400),
            "Snapshots of the database": (STORED(400) * (35 - 7)) / 30.4,
            "Decision archive": (10_000 * 0.2 * 2000 * 400) / 5 / 1024 ** 3,
        },
    ],
    [
        "staging",
        { "openclaw:retention.logDays": 60 },
        {
            "Access logs of the replicas' bucket": CHANGES,
            "Flow logs kept": CHANGES,
            "Logs of agents and cluster kept": CHANGES,
            "Logs of brokers kept": (2 * 60) / 30.4 / 5,
            "Logs of the database kept": 60 / 30.4 / 5,
        },
    ],
    [
        "staging",
        {
            "openclaw:retention.backupDays": 60,
            "openclaw:retention.agentStateVersionDays": 14,
            "openclaw:recovery.copyRegion": "us-west-2",
        },
        {
            "Snapshots of the database": (STORED(365) * (60 - 7)) / 30.4,
            "Snapshots in the second region": STORED(365) * (7 + 60 / 30.4),
            "Snapshots sent to the second region": STORED(365) * 31.4,
            "Encryption keys of the second region": 1,
            "Changes in agents' replicas": (10_000 * 20_000 * 4 * (14 + 3)) / 1024 ** 3,
            "Snapshots in agents' replicas": 60 * 0.05 * (14 + 3),
        },
    ],
];

/** The same of what one interaction comes to. */
const LOAD_CASES: readonly (readonly [change: Partial<Load["perInteraction"]>, lines: readonly string[]])[] = [
    [{ messages: 8 }, ["Messages between zones"]],
    [{ modelBytes: 60_000 }, ["Data through endpoints"]],
    [{ logBytes: 4000 }, ["Data through endpoints", "Logs of agents and cluster kept", "Logs of agents taken in"]],
    [{ memories: 1 }, ["Database I/O", "Database traffic between zones", ...DATABASE_SIZE]],
    [{ stateBytes: 40_000 }, ["Changes in agents' replicas", "Data through endpoints"]],
    [
        { seconds: 20 },
        ["Access logs of the replicas' bucket", "Reads for joining replicas", "Uploads of agents' replicas"],
    ],
];

interface Size {
    readonly agents: number;
    readonly brokers: number;
    readonly decisionDays: number;
    readonly logDays: number;
    readonly backupDays: number;
}

/** Staging's graph as other sizes would make it: agents of each class, brokers, and how long things are kept. */
function sized(graph: Graph, { agents, brokers, decisionDays, logDays, backupDays }: Size): Graph {
    const { fleet, retention } = graph.settings;
    const classes = Object.fromEntries(
        Object.entries(fleet.classes).map(([name, each]) => [name, { ...each, agents }]),
    );
    const settings = {
        ...graph.settings,
        fleet: { ...fleet, classes },
        retention: { ...retention, decisionLogDays: decisionDays },
    };
    const changes: Readonly<Record<string, Parameters<typeof withInputs>[2]>> = {
        "kubernetes:apps/v1:StatefulSet": ({ spec }) => ({ spec: { ...properties(spec), replicas: agents } }),
        "aws:msk/cluster:Cluster": () => ({ numberOfBrokerNodes: brokers }),
        "aws:cloudwatch/logGroup:LogGroup": () => ({ retentionInDays: logDays }),
        "aws:backup/plan:Plan": ({ rules }) => ({
            rules: list(rules).map((rule) => ({ ...properties(rule), lifecycle: { deleteAfter: backupDays } })),
        }),
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": () => ({
            rule: { defaultRetention: { mode: "GOVERNANCE", days: decisionDays } },
        }),
    };
    return Object.entries(changes).reduce((each, [type, change]) => withInputs(each, type, change), {
        ...graph,
        settings,
    });
}

describe("the cost of a plan", () => {
    it("adds up: lines to tiers, tiers to the total, the total over agents and interactions", async () => {
        for (const [stack, agents] of [
            ["prod", 320],
            ["staging", 6],
        ] as const) {
            const { lines, tiers, total, perAgent, perMillionInteractions, interactionsPerDay, budget } =
                await costWith(stack);
            const near = (one: number, other: number) =>
                assert.ok(Math.abs(one - other) < 1e-6 * other, `${one} ${other}`);
            for (const load of LOADS) {
                near(
                    lines.reduce((sum, { usd }) => sum + usd[load], 0),
                    total[load],
                );
                for (const { tier, usd } of tiers) {
                    const own = lines.filter((line) => line.tier === tier);
                    assert.ok(own.length > 0, tier);
                    near(
                        own.reduce((sum, line) => sum + line.usd[load], 0),
                        usd[load],
                    );
                }
                near(perAgent[load] * agents, total[load]);
                near((perMillionInteractions[load] * interactionsPerDay[load] * 30.4) / 1e6, total[load]);
                near(budget.share[load] * budget.usd, total[load]);
            }
            assert.ok(total.low <= total.expected && total.expected <= total.high);
            assert.equal(new Set(lines.map(({ item }) => item)).size, lines.length, "an item is one line");
        }
    });

    for (const [stack, changes, lines] of CASES) {
        it(`of ${stack} with ${Object.keys(changes).join(", ")} differs in their lines and no other`, async () => {
            const after = await costWith(stack, changes);
            assert.deepEqual(changed(await costWith(stack), after), Object.keys(lines).sort());
            for (const [item, worked] of Object.entries(lines)) {
                if (worked === CHANGES) continue;
                const quantity = after.lines.find((line) => line.item === item)?.quantity.expected ?? 0;
                assert.ok(Math.abs(quantity - worked) <= 1e-9 * worked, `${item}: ${quantity}, worked ${worked}`);
            }
        });
    }

    for (const [change, lines] of LOAD_CASES) {
        it(`of staging with ${JSON.stringify(change)} an interaction differs in its lines and no other`, async () => {
            const graph = await graphOf("staging");
            const perInteraction = { ...graph.settings.load.perInteraction, ...change };
            assert.deepEqual(changed(cost(graph), cost(underLoad(graph, { perInteraction }))), [...lines].sort());
        });
    }

    it("never falls with the load, and neither does any line of it", async () => {
        const graphs = [await graphOf("staging"), await graphOf("prod")];
        const perDay = fc.integer({ min: 0, max: 100_000_000 });
        fc.assert(
            fc.property(fc.constantFrom(...graphs), fc.tuple(perDay, perDay, perDay), (graph, loads) => {
                const [low = 0, expected = 0, high = 0] = [...loads].sort((one, other) => one - other);
                const { lines, total } = cost(underLoad(graph, { interactionsPerDay: { low, expected, high } }));
                assert.ok(total.low <= total.expected && total.expected <= total.high);
                for (const { item, usd } of lines) {
                    assert.ok(usd.low <= usd.expected && usd.expected <= usd.high, item);
                    assert.ok(
                        LOADS.every((load) => Number.isFinite(usd[load]) && usd[load] >= 0),
                        item,
                    );
                }
            }),
            { numRuns: 60 },
        );
    });

    /** Larger values than staging's; where it can be, those of the cases above, whose graphs are known by now. */
    const LARGER: readonly Changes[] = [
        { "openclaw:fleet.classes.analyst.agents": 41 },
        { "openclaw:brokers.count": 4 },
        { "openclaw:retention.decisionLogDays": 400 },
        { "openclaw:retention.logDays": 60 },
        {
            "openclaw:retention.backupDays": 60,
            "openclaw:retention.agentStateVersionDays": 14,
            "openclaw:recovery.copyRegion": "us-west-2",
        },
    ];
    for (const changes of LARGER) {
        it(`rises with ${Object.keys(changes).join(", ")}, and no line of it falls`, async () => {
            const before = await costWith("staging");
            const after = await costWith("staging", changes);
            for (const load of LOADS) {
                assert.ok(after.total[load] > before.total[load], load);
                for (const { item, usd } of before.lines) {
                    const line = after.lines.find((each) => each.item === item);
                    assert.ok((line?.usd[load] ?? 0) >= usd[load] * (1 - 1e-12), `${item} at ${load} load`);
                }
            }
        });
    }

    it("never falls with agents, brokers, or any time that things are kept", async () => {
        const graph = await graphOf("staging");
        const size = fc.record({
            agents: fc.integer({ min: 1, max: 500 }),
            brokers: fc.integer({ min: 2, max: 60 }),
            decisionDays: fc.integer({ min: 365, max: 3650 }),
            logDays: fc.integer({ min: 1, max: 3650 }),
            backupDays: fc.integer({ min: 7, max: 3650 }),
        });
        fc.assert(
            fc.property(
                size,
                size,
                fc.subarray(["agents", "brokers", "decisionDays", "logDays", "backupDays"] as const),
                (one, other, grown) => {
                    const less = { ...one };
                    const more = { ...one };
                    for (const key of grown) {
                        less[key] = Math.min(one[key], other[key]);
                        more[key] = Math.max(one[key], other[key]);
                    }
                    const [before, after] = [cost(sized(graph, less)).total, cost(sized(graph, more)).total];
                    for (const load of LOADS)
                        assert.ok(after[load] >= before[load] - 1e-6, `${load}: ${before[load]} ${after[load]}`);
                },
            ),
            { numRuns: 60 },
        );
    });

    it("counts uploads of replicas by how often an agent is at work, never more than it may make", async () => {
        const graph = await graphOf("prod");
        const uploads = (perDay: number) => {
            const interactionsPerDay = { low: perDay, expected: perDay, high: perDay };
            const { lines } = cost(underLoad(graph, { interactionsPerDay }));
            return lines.find(({ item }) => item === "Uploads of agents' replicas")?.quantity.expected ?? 0;
        };
        const snapshots = (320 * 3 * 730) / 24 / 1000;
        assert.ok(Math.abs(uploads(0) - snapshots) < 1e-6, "at rest there are snapshots alone");
        // One interaction of 10 s touches three intervals of 5 s on average, of two databases, and one and a third of 30 s.
        const once = (uploads(1) - snapshots) * 1000;
        const joins = 3 * ((10 + 300) / 300 + (10 + 3600) / 3600 + (10 + 21_600) / 21_600);
        assert.ok(Math.abs(once - (2 * 3 + 4 / 3 + joins) * (2_628_000 / 86_400)) < 0.5, String(once));
        const most = (320 * (2 * 525_600 + 87_600 + 3 * (8760 + 730 + 121.7))) / 1000 + snapshots;
        assert.ok(uploads(1e9) <= most + 1 && uploads(1e9) > 0.999 * most);
    });

    it("lets a serverless database grow with the rows, up to its limit", async () => {
        const graph = await graphOf("staging");
        const interactionsPerDay = { low: 0, expected: 10_000_000, high: 1_000_000_000 };
        const { lines } = cost(underLoad(graph, { interactionsPerDay }));
        const { quantity } = lines.find(({ priceKey }) => priceKey === "aurora.acu") ?? assert.fail("no line");
        assert.deepEqual([quantity.low, quantity.high], [0.5 * 730, 4 * 730]);
        assert.ok(Math.abs(quantity.expected - ((10_000_000 * 1.3) / 86_400 / 62.5) * 730) < 1e-6);
    });

    it("survives a load of nothing", async () => {
        const nothing = { low: 0, expected: 0, high: 0 };
        const { perMillionInteractions, total } = cost(
            underLoad(await graphOf("staging"), { interactionsPerDay: nothing }),
        );
        assert.deepEqual(perMillionInteractions, nothing);
        assert.ok(total.low > 1000 && total.low === total.high);
    });

    it("is within, tight in, or more than the budget, by the expected load", async () => {
        const graph = await graphOf("staging");
        const { total } = cost(graph);
        const verdict = (monthlyBudgetUsd: number) => {
            const operations = { ...graph.settings.operations, monthlyBudgetUsd };
            return cost({ ...graph, settings: { ...graph.settings, operations } }).budget.verdict;
        };
        assert.equal(verdict(total.expected / 0.79), "within");
        assert.equal(verdict(total.expected / 0.81), "tight");
        assert.equal(verdict(total.expected * 0.99), "exceeded");
    });
});
