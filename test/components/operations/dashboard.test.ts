import { strict as assert } from "node:assert";
import fc from "fast-check";
import { dashboardBody } from "../../../components/operations/dashboard";
import { type PlacedWidget, COLUMNS, place } from "../../../components/operations/dashboard-layout";
import type { Recorded } from "../../support/record";
import { create } from "./support";

const topics = {
    councilDeliberation: "council-deliberation",
    agentMessages: "agent-messages",
    decisions: "decisions",
    auditEvents: "audit-events",
    deadLetters: "dead-letters",
};

function overlap(one: PlacedWidget, other: PlacedWidget): boolean {
    return (
        one.x < other.x + other.width &&
        other.x < one.x + one.width &&
        one.y < other.y + other.height &&
        other.y < one.y + one.height
    );
}

function assertNoOverlap(widgets: readonly PlacedWidget[]): void {
    widgets.forEach((widget, index) => {
        assert.ok(widget.x >= 0 && widget.x + widget.width <= COLUMNS, `widget ${index} leaves the ${COLUMNS} columns`);
        for (const other of widgets.slice(index + 1)) assert.ok(!overlap(widget, other), `widget ${index} is covered`);
    });
}

describe("place", () => {
    const widget = fc.integer({ min: 1, max: 8 }).map((width) => ({ type: "text" as const, width, properties: {} }));
    const row = fc.record({
        height: fc.integer({ min: 1, max: 12 }),
        widgets: fc.array(widget, { minLength: 1, maxLength: 3 }),
    });

    it("covers no widget with another and leaves no row out", () => {
        fc.assert(
            fc.property(fc.array(row, { maxLength: 10 }), (rows) => {
                const placed = place(rows);
                assertNoOverlap(placed);
                assert.equal(placed.length, rows.flatMap(({ widgets }) => widgets).length);
            }),
        );
    });

    it("refuses a row that is wider than the dashboard", () => {
        const wide = { type: "text" as const, width: 13, properties: {} };
        assert.throws(() => place([{ height: 1, widgets: [wide, wide] }]), /26 columns wide: there are 24/);
    });
});

describe("Dashboard", () => {
    let recorded: Recorded;
    let widgets: PlacedWidget[];
    before(async () => {
        ({ recorded } = await create());
        const body = JSON.parse(String(recorded.inputs("operations-dashboard")["dashboardBody"])) as {
            widgets: PlacedWidget[];
        };
        widgets = body.widgets;
    });
    const texts = () =>
        widgets.filter(({ type }) => type === "text").map(({ properties }) => String(properties["markdown"]));

    it("shows the promises first and then the three tiers, none covering another", () => {
        assertNoOverlap(widgets);
        assert.deepEqual(
            texts().map((text) => text.split("\n")[0]),
            ["# openclaw-test", "## Tier 1: compute", "## Tier 2: coordination", "## Tier 3: data"],
        );
        assert.equal(widgets[1]?.properties["title"], "The promises");
        assert.equal((widgets[1]?.properties["alarms"] as string[]).length, 7);
    });

    it("shows every alarm that a tier has", () => {
        const shown = widgets.flatMap(({ properties }) => (properties["alarms"] ?? []) as string[]);
        const missing = recorded
            .ofType("aws:cloudwatch/metricAlarm:MetricAlarm")
            .filter(({ name, outputs }) => !name.includes("-watch-") && !shown.includes(String(outputs["arn"])));
        assert.deepEqual(
            missing.map(({ name }) => name),
            [],
        );
    });

    it("draws the objective beside the latency, by the metric that the alarm watches", () => {
        const latency = widgets.find(({ properties }) => properties["title"] === "Produce to consume, ms");
        assert.deepEqual(latency?.properties, {
            title: "Produce to consume, ms",
            region: "us-east-1",
            view: "timeSeries",
            period: 300,
            yAxis: { left: { min: 0, showUnits: false } },
            metrics: [
                [
                    "OpenClaw/Bridge",
                    "ProduceToConsumeLatency",
                    "Environment",
                    "openclaw-test",
                    { label: "p50", stat: "p50" },
                ],
                [
                    "OpenClaw/Bridge",
                    "ProduceToConsumeLatency",
                    "Environment",
                    "openclaw-test",
                    { label: "p99", stat: "p99" },
                ],
            ],
            annotations: { horizontal: [{ label: "objective", value: 50 }] },
        });
    });

    it("counts the agents that report from the time that they report, by class", () => {
        const graph = widgets.find(({ properties }) => properties["title"] === "Agents that report");
        const lines = graph?.properties["metrics"] as unknown[];
        assert.deepEqual(lines.slice(0, 2), [
            [{ expression: "reported_analyst / (1000 * PERIOD(reported_analyst))", label: "analyst" }],
            [
                "OpenClaw/Agents",
                "ReportedTime",
                "Environment",
                "openclaw-test",
                "Class",
                "analyst",
                { id: "reported_analyst", visible: false, stat: "Sum" },
            ],
        ]);
        assert.equal(lines.length, 4);
    });

    it("stays within CloudWatch's limits with as many brokers as MSK allows", () => {
        const alarms = Array.from({ length: 250 }, (_, index) => `arn:${index}`);
        const body = dashboardBody({
            title: "large",
            region: "us-east-1",
            promises: alarms.slice(0, 7),
            alarms: { compute: alarms, coordination: alarms, data: [] },
            clusterName: "cluster",
            agentClasses: Array.from({ length: 50 }, (_, index) => `class-${index}`),
            turnSloSeconds: 120,
            brokersName: "brokers",
            brokerCount: 60,
            topics,
            consumerGroups: [],
            clusterIdentifier: "database",
            instanceIdentifiers: ["one"],
            serverless: true,
            maxConnections: 100,
            natGateways: [],
            deliveryStreamName: "stream",
            dailyVaultName: "daily",
            vaultName: "monthly",
            interruptionQueueName: "queue",
            latencySloMs: 50,
        });
        const { widgets: placed } = JSON.parse(body) as { widgets: PlacedWidget[] };
        assertNoOverlap(placed);
        assert.ok(placed.length <= 500);
        for (const { properties } of placed) {
            assert.ok(((properties["metrics"] ?? []) as unknown[]).length <= 500);
            assert.ok(((properties["alarms"] ?? []) as unknown[]).length <= 100);
        }
    });
});
