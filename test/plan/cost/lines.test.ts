import { strict as assert } from "node:assert";
import { costOf } from "../../../plan/cost/cost";
import type { Graph } from "../../../plan/graph";
import { graphOf } from "../../support/stacks";

/** By load: interactions a day as the stack file has them. */
type ByLoad = readonly [low: number, expected: number, high: number];
/** A line as it should be: quantity, or one for each load, and price. */
type Expected = Readonly<Record<string, readonly [quantity: number | ByLoad, price: number]>>;

const HOURS = 730;
const GB = 1024 ** 3;
const of = (days: ByLoad, quantity: (perDay: number) => number): ByLoad => [
    quantity(days[0]),
    quantity(days[1]),
    quantity(days[2]),
];

const PROD: ByLoad = [1_000_000, 2_000_000, 3_000_000];
const STAGING: ByLoad = [1000, 10_000, 50_000];

/** Alarms come and go: the metrics that they watch are counted in the text of their inputs. */
const ALARMS = NaN;
const watched = ({ resources }: Graph, brokers: number) =>
    resources
        .filter(({ type }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm")
        .map(({ inputs }) => JSON.stringify(inputs))
        .reduce(
            (sum, text) => sum + text.split('"metricName":').length - 1 + (text.includes('"SELECT ') ? brokers : 0),
            0,
        );

/** Bytes of an interaction, in GB a month. */
const monthly = (perDay: number, bytes: number) => (perDay * 30.4 * bytes) / GB;
/** Logs that are kept: those of a month, for so many days, a fifth of their size. */
const kept = (gb: number, days: number) => (gb * days) / 30.4 / 5;
/** Rows of decisions and audit entries for their days, memories for a year. */
const rows = (perDay: number, days: number) =>
    (perDay * (0.2 * 2490 * days + 1 * 481 * days + 0.1 * 16_020 * 365)) / GB;
/** Intervals of a month in which a database changes. */
const touched = (perDay: number, agents: number, seconds: number) =>
    (2_628_000 / seconds) * (1 - Math.exp((-perDay / 86_400 / agents) * (10 + seconds)));
/** Three levels join what three databases uploaded. */
const joined = (perDay: number, agents: number) =>
    3 * (touched(perDay, agents, 300) + touched(perDay, agents, 3600) + touched(perDay, agents, 21_600));
const uploads = (perDay: number, agents: number) =>
    agents * (2 * touched(perDay, agents, 5) + touched(perDay, agents, 30) + joined(perDay, agents));
const snapshots = (agents: number) => (agents * 3 * 730) / 24;
/** At every look at a level 2.5 lists: levels of 5 min, 1 h and 6 h, a look each 5 min besides, a snapshot a day. */
const lists = (agents: number) => agents * 3 * 2.5 * (8760 + 730 + 730 / 6 + 8760 + 730 / 24);
const accessLog = (perDay: number, agents: number, days: number) =>
    (((2 * (uploads(perDay, agents) + snapshots(agents)) + lists(agents) + uploads(perDay, agents)) * 600) / GB) *
    (days / 30.4);

const prod: Expected = {
    "NAT gateways": [2 * HOURS, 0.045],
    "Images through NAT": [(22 + 20 + 4) * 3, 0.045],
    "Public addresses": [2 * HOURS, 0.005],
    "Interface endpoints": [14 * 2 * HOURS, 0.01],
    "Data through endpoints": [of(PROD, (n) => monthly(n, 30_000 + 2000 + 7 * 20_000) + 320 * 0.12), 0.01],
    "Encryption keys": [9, 1],
    "Flow logs taken in": [((320 * 60 + 46 * 200) * 130 * 4380) / GB, 0.5],
    "Flow logs kept": [kept(((320 * 60 + 46 * 200) * 130 * 4380) / GB, 400), 0.03],
    "Control plane": [HOURS, 0.1],
    "System nodes, m8g.xlarge": [2 * 2 * HOURS, 0.17952],
    "Agent nodes, r8g.2xlarge": [22 * HOURS, 0.47128],
    "Spare nodes, r8g.2xlarge": [20 * HOURS, 0.47128],
    "Disks of system nodes": [4 * (80 + 4), 0.08],
    "Disks of agent nodes": [22 * (160 + 4), 0.08],
    "Disks of spare nodes": [20 * (160 + 4), 0.08],
    "Volumes of agents": [20 * 20 + 120 * 10 + 90 * 20 + 60 * 10 + 30 * 10, 0.08],
    "Logs of agents taken in": [of(PROD, (n) => monthly(n, 2000) + 320 * 0.12), 0.5],
    "Logs of the cluster taken in": [15 + 46 * (1 + 0.5), 0.5],
    "Logs of agents and cluster kept": [
        of(PROD, (n) => kept(monthly(n, 2000) + 320 * 0.12 + 15 + 46 * 1.5, 400)),
        0.03,
    ],
    "Metrics of agents": [10 * (1 + 5) + 5, 0.3],
    "Container Insights": [((320 * (25 + 4 * 15) + 46 * (40 + 6 * (25 + 15))) * 43_800) / 1e6, 0.21],
    "Brokers, kafka.m7g.large": [4 * HOURS, 0.204],
    // 250 GB suffice, until a busy day's copies fill more than 70 % of them.
    "Volumes of brokers": [
        of(PROD, (n) => Math.max(4 * 250, (n * (4 * 7 + 0.2 * 14 + 1 * 14) * 2000 * 4) / GB / 0.7)),
        0.1,
    ],
    "Private connectivity for the archive": [HOURS, 0.0225],
    "Decisions through private connectivity": [of(PROD, (n) => monthly(n, 0.2 * 2000)), 0.006],
    "Messages between zones": [of(PROD, (n) => monthly(n, (4 + 0.2 + 1) * 2000) * 2 * (1 / 2) * 2), 0.01],
    "Metrics of brokers": [4 * 40 + 4 * 5 * 10, 0.3],
    "Logs of brokers taken in": [4, 0.5],
    "Logs of brokers kept": [kept(4, 400), 0.03],
    "Database instances, db.r8g.xlarge": [2 * HOURS, 0.552],
    "Database proxy": [2 * 4 * HOURS, 0.015],
    "Database Insights, advanced": [2 * 4 * HOURS, 0.0125],
    "Database storage": [of(PROD, (n) => rows(n, 400)), 0.1],
    "Database I/O": [of(PROD, (n) => (n * 30.4 * (0.2 * 4 + 1 * 2 + 0.1 * 20)) / 1e6), 0.2],
    "Database traffic between zones": [
        of(PROD, (n) => monthly(n, 0.2 * 2490 + 481 + 0.1 * 16_020) * (1 / 2) * 2),
        0.01,
    ],
    "Master secret": [1, 0.4],
    "Logs of the database taken in": [2 + 1, 0.5],
    "Logs of the database kept": [kept(3, 400), 0.03],
    "Snapshots of the database": [of(PROD, (n) => (rows(n, 400) * (400 - 35)) / 30.4), 0.021],
    "Snapshots in the second region": [of(PROD, (n) => rows(n, 400) * (7 + 400 / 30.4)), 0.024],
    "Snapshots sent to the second region": [of(PROD, (n) => rows(n, 400) * (30.4 + 1)), 0.02],
    "Encryption keys of the second region": [1, 1],
    "Delivery into the archive": [of(PROD, (n) => monthly(n, 0.2 * 2000)), 0.055],
    "Files written to the archive": [43_800 / 1000, 0.005],
    "Decision archive": [of(PROD, (n) => kept(monthly(n, 0.2 * 2000), 400)), 0.023],
    "Uploads of agents' replicas": [of(PROD, (n) => (uploads(n, 320) + snapshots(320)) / 1000), 0.005],
    "Lists for joining replicas": [lists(320) / 1000, 0.005],
    "Reads for joining replicas": [of(PROD, (n) => uploads(n, 320) / 1000), 0.0004],
    "Changes in agents' replicas": [of(PROD, (n) => (n * 20_000 * 4 * (30 + 3)) / GB), 0.023],
    "Snapshots in agents' replicas": [4300 * 0.05 * (30 + 3), 0.023],
    "Access logs of the replicas' bucket": [of(PROD, (n) => accessLog(n, 320, 400)), 0.023],
    Alarms: [ALARMS, 0.1],
    "Composite alarms": [8, 0.5],
    "Metrics made of logs": [5, 0.3],
    Dashboard: [1, 3],
};

const staging: Expected = {
    "NAT gateways": [HOURS, 0.045],
    "Images through NAT": [(2 + 2) * 3, 0.045],
    "Public addresses": [HOURS, 0.005],
    "Interface endpoints": [14 * 2 * HOURS, 0.01],
    "Data through endpoints": [of(STAGING, (n) => monthly(n, 30_000 + 2000 + 7 * 20_000) + 6 * 0.12), 0.01],
    "Encryption keys": [9, 1],
    "Flow logs taken in": [((6 * 60 + 4 * 200) * 130 * 4380) / GB, 0.5],
    "Flow logs kept": [kept(((6 * 60 + 4 * 200) * 130 * 4380) / GB, 30), 0.03],
    "Control plane": [HOURS, 0.1],
    "System nodes, m7g.large": [2 * HOURS, 0.0816],
    "Agent nodes, r8g.xlarge": [2 * HOURS, 0.23564],
    "Disks of system nodes": [2 * (40 + 4), 0.08],
    "Disks of agent nodes": [2 * (80 + 4), 0.08],
    "Volumes of agents": [6 * 10, 0.08],
    "Logs of agents taken in": [of(STAGING, (n) => monthly(n, 2000) + 6 * 0.12), 0.5],
    "Logs of the cluster taken in": [15 + 4 * 1.5, 0.5],
    "Logs of agents and cluster kept": [of(STAGING, (n) => kept(monthly(n, 2000) + 6 * 0.12 + 21, 30)), 0.03],
    "Metrics of agents": [10 * (1 + 2) + 5, 0.3],
    "Container Insights": [((6 * (25 + 4 * 15) + 4 * (40 + 6 * (25 + 15))) * 43_800) / 1e6, 0.21],
    "Brokers, kafka.m7g.large": [2 * HOURS, 0.204],
    "Volumes of brokers": [2 * 50, 0.1],
    "Private connectivity for the archive": [HOURS, 0.0225],
    "Decisions through private connectivity": [of(STAGING, (n) => monthly(n, 0.2 * 2000)), 0.006],
    "Messages between zones": [of(STAGING, (n) => monthly(n, 5.2 * 2000) * 2), 0.01],
    "Metrics of brokers": [2 * 40, 0.3],
    "Logs of brokers taken in": [2, 0.5],
    "Logs of brokers kept": [kept(2, 30), 0.03],
    "Database, serverless 0.5 to 4 ACU": [0.5 * HOURS, 0.12],
    "Database storage": [of(STAGING, (n) => rows(n, 365)), 0.1],
    "Database I/O": [of(STAGING, (n) => (n * 30.4 * 4.8) / 1e6), 0.2],
    "Database traffic between zones": [of(STAGING, (n) => monthly(n, 2581)), 0.01],
    "Master secret": [1, 0.4],
    "Logs of the database taken in": [1, 0.5],
    "Logs of the database kept": [kept(1, 30), 0.03],
    "Snapshots of the database": [of(STAGING, (n) => (rows(n, 365) * (35 - 7)) / 30.4), 0.021],
    "Delivery into the archive": [of(STAGING, (n) => monthly(n, 0.2 * 2000)), 0.055],
    // On a quiet day there are fewer decisions than minutes.
    "Files written to the archive": [[(1000 * 30.4 * 0.2) / 1000, 43.8, 43.8], 0.005],
    "Decision archive": [of(STAGING, (n) => kept(monthly(n, 0.2 * 2000), 365)), 0.023],
    "Uploads of agents' replicas": [of(STAGING, (n) => (uploads(n, 6) + snapshots(6)) / 1000), 0.005],
    "Lists for joining replicas": [lists(6) / 1000, 0.005],
    "Reads for joining replicas": [of(STAGING, (n) => uploads(n, 6) / 1000), 0.0004],
    "Changes in agents' replicas": [of(STAGING, (n) => (n * 20_000 * 4 * (7 + 3)) / GB), 0.023],
    "Snapshots in agents' replicas": [60 * 0.05 * (7 + 3), 0.023],
    "Access logs of the replicas' bucket": [of(STAGING, (n) => accessLog(n, 6, 30)), 0.023],
    Alarms: [ALARMS, 0.1],
    "Composite alarms": [8, 0.5],
    "Metrics made of logs": [2, 0.3],
    Dashboard: [1, 3],
};

describe("each line of the cost", () => {
    for (const [stack, expected] of [
        ["prod", prod],
        ["staging", staging],
    ] as const) {
        it(`of ${stack} is the quantity that follows from its configuration, times the price`, async () => {
            const graph = await graphOf(stack);
            const { lines } = costOf(graph) ?? assert.fail("no cost");
            assert.deepEqual(
                lines.map(({ item }) => item),
                Object.keys(expected),
            );
            for (const { item, quantity, price, usd } of lines) {
                const [known, at] = expected[item] ?? assert.fail(item);
                const worked = item === "Alarms" ? watched(graph, stack === "prod" ? 4 : 2) : known;
                const [low, middle, high] = typeof worked === "number" ? [worked, worked, worked] : worked;
                assert.equal(price, at, item);
                for (const [load, amount] of [
                    ["low", low],
                    ["expected", middle],
                    ["high", high],
                ] as const) {
                    const off = Math.abs(quantity[load] - amount) / amount;
                    assert.ok(off < 1e-9, `${item} at ${load} load: ${quantity[load]}, worked ${amount}`);
                    assert.equal(usd[load], quantity[load] * price, `${item} at ${load} load`);
                }
            }
        });
    }
});
