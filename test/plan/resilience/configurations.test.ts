import { strict as assert } from "node:assert";
import type { Changes } from "../../support/stacks";
import type { Inventory } from "../../../plan/resilience/inventory";
import { effectOf, failuresOf, inventory, set } from "./support";
import { type Cluster, dice, loseBrokers, play } from "./simulation";

/* Whole configurations, read, built and judged, against the simulation: what the property tests do with bare figures. */

const POOL = "kubernetes:karpenter.sh/v1:NodePool";
const threeZones = ["us-east-1a", "us-east-1b", "us-east-1c"];

/** Name, stack, changes, and the processors that the node pool is limited to instead of what the program asks for. */
const configurations: readonly (readonly [string, "prod" | "staging", Changes, string?])[] = [
    ["prod", "prod", {}],
    ["prod over three zones", "prod", { "openclaw:network.zones": threeZones }],
    ["prod with nothing in reserve", "prod", { "openclaw:fleet.nodes.headroom": "on-demand" }],
    [
        "prod on small nodes with few pods",
        "prod",
        { "openclaw:fleet.nodes": { instanceTypes: ["m8g.2xlarge"], maxPods: 20, diskGiB: 160, headroom: "reserved" } },
    ],
    ["prod with 1,000 analysts", "prod", { "openclaw:fleet.classes.analyst.agents": 1000 }],
    ["prod with a limit just above what stands", "prod", {}, "344"],
    ["prod with a limit for one zone", "prod", {}, "180"],
    ["staging", "staging", {}],
    ["staging with 41 analysts", "staging", { "openclaw:fleet.classes.analyst.agents": 41 }],
    ["staging with 41 analysts and a limit below", "staging", { "openclaw:fleet.classes.analyst.agents": 41 }, "24"],
];

function clusterOf({ nodes, classes }: Inventory): Cluster {
    assert.ok(nodes.node && nodes.atMost !== undefined);
    return {
        zones: nodes.zones,
        classes: classes.map(({ name, agents, request, spread }) => {
            assert.ok(agents !== undefined && request && spread);
            return { name, agents, pod: request, maxSkew: spread.maxSkew };
        }),
        node: nodes.node,
        spare: nodes.spare[nodes.zones[0] ?? ""] ?? 0,
        atMost: nodes.atMost,
    };
}

describe("whole configurations against the simulation", () => {
    const verdicts = new Set<string>();

    for (const [name, stack, config, limit] of configurations) {
        it(name, async () => {
            const changes = limit === undefined ? [] : [set(POOL, ["spec", "limits", "cpu"], limit)];
            const built = await inventory(stack, config, ...changes);
            const failures = failuresOf(built);
            const cluster = clusterOf(built);
            for (const [kind, loss] of [
                ["zone", { zone: cluster.zones[0] ?? "" }],
                ["agent-node", "fullest node"],
            ] as const) {
                const { verdict, because } = effectOf(failures, kind, 2);
                const outcomes = [1, 2, 3].map((seed) => play(cluster, loss, dice(seed)));
                const stuck = outcomes.some(({ stuckAtStart, stuckAfter }) => stuckAtStart + stuckAfter > 0);
                if (verdict !== "breaks") assert.ok(!stuck, because);
                verdicts.add(`${kind} ${verdict} ${stuck ? "stuck" : "placed"}`);
            }
            const { brokers } = built;
            const [topic] = brokers?.topics ?? [];
            assert.ok(brokers?.count && topic?.factor && topic.minInSync);
            const kafka = {
                zones: brokers.zones,
                brokersPerZone: brokers.count / brokers.zones.length,
                factor: topic.factor,
                minInSync: topic.minInSync,
                unclean: topic.unclean !== false,
            };
            const { stopped, onOneBroker } = loseBrokers(kafka, (_, zone) => zone === "us-east-1a", dice(1));
            const effect = effectOf(failures, "zone", 3);
            assert.equal(effect.verdict, stopped ? "breaks" : "degrades", effect.because);
            assert.equal(effect.lossSeconds !== undefined, onOneBroker, effect.because);
        });
    }

    it("had some that hold out and some that break", () => {
        assert.ok(verdicts.has("zone degrades placed") && verdicts.has("zone breaks stuck"), [...verdicts].join(", "));
        assert.ok(verdicts.has("agent-node degrades placed"), [...verdicts].join(", "));
    });
});
