import { strict as assert } from "node:assert";
import type { Graph } from "../../plan/graph";
import { graphOf } from "../support/stacks";

const agents = (count: number) => ({ "openclaw:fleet.classes.analyst.agents": count });

/** Names and inputs, by URN: what would be replaced or changed. */
const byUrn = (graph: Graph) => new Map(graph.resources.map(({ urn, inputs }) => [urn, inputs]));

describe("scaling", () => {
    it("plans prod for at least 300 agents in several classes", async () => {
        const { classes } = (await graphOf("prod")).settings.fleet;
        assert.ok(Object.keys(classes).length >= 3);
        assert.ok(Object.values(classes).reduce((sum, each) => sum + each.agents, 0) >= 300);
    });

    it("changes one number from 10 to 1,000 agents, and not one resource", async () => {
        const [few, many] = [await graphOf("prod", agents(10)), await graphOf("prod", agents(1000))];
        assert.deepEqual(
            many.resources.map(({ urn }) => urn),
            few.resources.map(({ urn }) => urn),
        );
    });

    it("adds a third zone to prod without replacing or renumbering anything", async () => {
        const before = await graphOf("prod");
        const after = await graphOf("prod", {
            "openclaw:network.zones": ["us-east-1a", "us-east-1b", "us-east-1c"],
        });
        const then = byUrn(after);
        const changed: string[] = [];
        for (const [urn, inputs] of byUrn(before)) {
            const name = urn.split("::").at(-1) ?? "";
            const now = then.get(urn);
            assert.ok(now, `${urn} is gone`);
            if (JSON.stringify(now) !== JSON.stringify(inputs)) {
                for (const key of new Set([...Object.keys(inputs), ...Object.keys(now)])) {
                    if (JSON.stringify(now[key]) !== JSON.stringify(inputs[key])) changed.push(`${name}.${key}`);
                }
            }
        }
        // What may change, and changes in place: endpoints get a subnet more, agents, collectors and the database's jobs its
        // addresses; nodes may stand in a zone more, and fewer have to wait in the others; the dashboard gets a gateway more.
        // No agent changes.
        const inPlace = [
            /^network-endpoint-.*\.(subnetIds|routeTableIds)$/,
            /^operations-.*\.(dashboardBody|alarmRule)$/,
            /^(cells-\w+-network-agents|isolation-telemetry-collector|isolation-data-jobs|agent-nodes-pool|agent-nodes-headroom-[ab])\.spec$/,
        ];
        assert.deepEqual(
            changed.filter((key) => !inPlace.some((pattern) => pattern.test(key))),
            [],
        );
        const added = after.resources.filter(({ urn }) => !byUrn(before).has(urn));
        assert.ok(added.length > 0);
        for (const { name } of added)
            assert.match(name, /-c(-|$)|us-east-1c/, `${name} is new, but not of the third zone`);
    });
});
