import { strict as assert } from "node:assert";
import fc from "fast-check";
import type { Inventory } from "../../../plan/resilience/inventory";
import { AGENT_STARTED, EVACUATED } from "../../../plan/resilience/recovery-times";
import { mostOnOneNode, nodesAtLeast, nodesInAnyOrder } from "../../../plan/resilience/room";
import { effectOf, failuresOf, inventory } from "./support";
import { type Cluster, dice, type Outcome, play } from "./simulation";

/*
 * The verdict on capacity against pods that are really placed, one by one, in any order, on any node with room, and placed
 * again when a zone or the fullest node is lost. The order is chance's, as the scheduler's is. So the analysis may say
 * that pods fit only where no order leaves one over, whatever the cluster.
 *
 * That it does not say `breaks` where there is room holds within a margin: MARGIN times as many nodes, and a few. Some
 * order may leave as much empty on each node as its largest pod needs: a third, where no pod is larger than that. It is
 * tested where one resource runs out first, as memory does for agents, and where pods can be spread evenly; pods as large as a node,
 * or that fill nodes in another resource each, can block more, and there the analysis stays on the safe side.
 */
const MARGIN = 1.5;

const size = (most: number) => fc.integer({ min: 1, max: most });

const clusters = fc
    .record({
        zones: fc.integer({ min: 2, max: 4 }),
        classes: fc.array(
            fc.record({
                agents: fc.integer({ min: 1, max: 40 }),
                memory: size(40),
                cpu: size(30),
                scratch: size(25),
                maxSkew: fc.constantFrom(1, 1, 1, 2, 5),
            }),
            { minLength: 1, maxLength: 4 },
        ),
        node: fc.record({ memory: size(160), cpu: size(120), scratch: size(120), volumes: size(30), pods: size(60) }),
        spare: fc.integer({ min: 0, max: 8 }),
        // Below and above what is needed.
        limit: fc.integer({ min: 2, max: 30 }),
        seed: fc.integer(),
    })
    .map(({ zones, classes, limit, ...rest }) => ({
        ...rest,
        zones: ["a", "b", "c", "d"].slice(0, zones).map((letter) => `us-east-1${letter}`),
        classes: classes.map(({ agents, maxSkew, ...pod }, index) => ({
            name: `class-${index}`,
            agents,
            maxSkew,
            pod: { ...pod, volumes: 1, pods: 1 },
        })),
        atMost: limit * zones,
    }));

/** Memory runs out first, no pod takes more than a third of a node, and each class divides evenly before and after. */
const even = clusters.map((cluster) => {
    const zones = cluster.zones.length;
    const largest = Math.max(...cluster.classes.map(({ pod }) => pod.memory));
    const classes = cluster.classes.map((each) => ({
        ...each,
        agents: Math.ceil(each.agents / 4) * zones * (zones - 1),
        maxSkew: 1,
        pod: { ...each.pod, cpu: 1, scratch: 1 },
    }));
    const plenty = { cpu: 1000, scratch: 1000, volumes: 1000, pods: 1000 };
    return { ...cluster, classes, node: { ...plenty, memory: Math.max(cluster.node.memory, largest * 3) } };
});

function withCluster(sound: Inventory, { zones, classes, node, spare, atMost }: Cluster): Inventory {
    const [example] = sound.classes;
    assert.ok(example);
    const gateways = zones.map((zone) => ({ id: `nat-${zone}`, name: `nat-${zone}`, zone }));
    return {
        ...sound,
        network: {
            ...sound.network,
            zones,
            gateways,
            nodeSubnets: zones.map((zone) => ({ id: `subnet-${zone}`, zone, gateway: `nat-${zone}` })),
        },
        classes: classes.map(({ name, agents, pod, maxSkew }) => ({
            ...example,
            name,
            agents,
            request: pod,
            spread: { kind: "hard", maxSkew, forgetsDeadZones: true },
        })),
        nodes: {
            ...sound.nodes,
            zones,
            node,
            atMost,
            spare: Object.fromEntries(zones.map((zone) => [zone, spare])),
        },
    };
}

/** A few games with the same cluster: each in an order of its own. */
function games(cluster: Cluster & { readonly seed: number }, what: Parameters<typeof play>[1], rounds = 4): Outcome[] {
    return Array.from({ length: rounds }, (_, round) => play(cluster, what, dice(cluster.seed + round * 7919)));
}

function left({ stuckAtStart, stuckAfter }: Outcome): number {
    return stuckAtStart + stuckAfter;
}

/** The same with so much less that what fits in it fits with the margin. */
function tighter<T extends Cluster>(cluster: T): T {
    const spare = Math.floor(cluster.spare / MARGIN);
    return { ...cluster, spare, atMost: Math.floor((cluster.atMost - 3 * cluster.zones.length) / MARGIN) };
}

describe("loss of zones and nodes against a simulation of the pods", () => {
    let sound: Inventory;
    before(async () => {
        sound = await inventory("prod");
    });

    for (const [kind, lossOf] of [
        ["zone", (cluster: Cluster) => ({ zone: cluster.zones[0] ?? "" })],
        ["agent-node", () => "fullest node" as const],
    ] as const) {
        it(`${kind}: says that agents fit only where no order of theirs leaves one over`, () => {
            const seen = { degrades: 0, breaks: 0, spare: 0 };
            fc.assert(
                fc.property(clusters, (cluster) => {
                    const effect = effectOf(failuresOf(withCluster(sound, cluster)), kind, 2);
                    const outcomes = games(cluster, lossOf(cluster));
                    if (effect.verdict === "degrades") {
                        seen.degrades++;
                        assert.equal(
                            outcomes.reduce((sum, outcome) => sum + left(outcome), 0),
                            0,
                            effect.because,
                        );
                        // The short time is promised where no node has to be launched.
                        if (kind === "zone" && effect.seconds === EVACUATED + AGENT_STARTED) {
                            seen.spare++;
                            for (const { launched } of outcomes) assert.equal(launched, 0, effect.because);
                        }
                    } else {
                        assert.equal(effect.verdict, "breaks");
                        if (outcomes.some((outcome) => left(outcome) > 0)) seen.breaks++;
                    }
                }),
                { numRuns: 80 },
            );
            assert.ok(seen.degrades > 3 && seen.breaks > 3, JSON.stringify(seen));
            if (kind === "zone") assert.ok(seen.spare > 0, JSON.stringify(seen));
        });

        it(`${kind}: does not say that agents do not fit where there is room with the margin`, () => {
            const seen = { degrades: 0, breaks: 0 };
            fc.assert(
                fc.property(even, (cluster) => {
                    const effect = effectOf(failuresOf(withCluster(sound, cluster)), kind, 2);
                    seen[effect.verdict === "breaks" ? "breaks" : "degrades"]++;
                    if (effect.verdict !== "breaks") return;
                    const small = tighter(cluster);
                    const outcomes = games(small, lossOf(small));
                    assert.ok(
                        outcomes.some((outcome) => left(outcome) > 0),
                        effect.because,
                    );
                }),
                { numRuns: 80 },
            );
            assert.ok(seen.degrades > 3 && seen.breaks > 3, JSON.stringify(seen));
        });
    }

    it("counts nodes so that every order fits in, and none in fewer than the least", () => {
        fc.assert(
            fc.property(clusters, (cluster) => {
                const loads = cluster.classes.map(({ pod, agents }) => ({ size: pod, count: agents }));
                const most = nodesInAnyOrder(loads, cluster.node);
                const one = { ...cluster, zones: ["us-east-1a"], spare: 0, atMost: 10_000 };
                for (const { stuckAtStart, nodesAtStart, fullest } of games(one, "fullest node")) {
                    assert.equal(stuckAtStart > 0, most === undefined);
                    if (most === undefined) continue;
                    assert.ok(nodesAtStart <= most, `${nodesAtStart} nodes, said at most ${most}`);
                    assert.ok(nodesAtStart >= nodesAtLeast(loads, cluster.node), `${nodesAtStart} nodes`);
                    assert.ok(fullest <= mostOnOneNode(loads, cluster.node), `${fullest} pods on one node`);
                }
            }),
            { numRuns: 80 },
        );
    });

    it("counts no more nodes than the margin allows, where one resource runs out first", () => {
        fc.assert(
            fc.property(even, (cluster) => {
                const loads = cluster.classes.map(({ pod, agents }) => ({ size: pod, count: agents }));
                const most = nodesInAnyOrder(loads, cluster.node) ?? Infinity;
                const one = { ...cluster, zones: ["us-east-1a"], spare: 0, atMost: 10_000 };
                for (const { nodesAtStart } of games(one, "fullest node", 2)) {
                    assert.ok(most <= MARGIN * nodesAtStart + 1, `${nodesAtStart} nodes, said up to ${most}`);
                }
            }),
            { numRuns: 60 },
        );
    });

    it("holds for the real classes of prod too, in every order that was tried", () => {
        const node = sound.nodes.node;
        assert.ok(node);
        const cluster: Cluster & { readonly seed: number } = {
            zones: sound.nodes.zones,
            classes: sound.classes.map(({ name, agents, request }) => {
                assert.ok(agents !== undefined && request);
                return { name, agents, pod: request, maxSkew: 1 };
            }),
            node,
            spare: 10,
            atMost: sound.nodes.atMost ?? 0,
            seed: 7,
        };
        for (const outcome of games(cluster, { zone: "us-east-1a" }, 10)) {
            assert.equal(left(outcome), 0);
            assert.ok(outcome.launched <= 2, `${outcome.launched} nodes launched`);
        }
    });
});
