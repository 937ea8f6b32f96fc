import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import type { AgentSet, Claim, ClusterState, Node, Pod, Volume } from "../../commands/cluster-view";
import { planEvacuation, refusal, roomFor, type Action, type MovePlan } from "../../commands/evacuation-plan";
import { planReturn } from "../../commands/return-plan";

const ZONES = ["a", "b", "c"];
const ZONE = "a";

const room = { cpu: 1, memory: 1e9, pods: 1 };

const node: fc.Arbitrary<Omit<Node, "name">> = fc.record({
    zone: fc.constantFrom(...ZONES),
    state: fc.constantFrom("ready", "unready", "lost"),
    agents: fc.boolean(),
    cordoned: fc.boolean(),
    outOfService: fc.boolean(),
    closed: fc.boolean(),
    free: fc.option(fc.constant({ cpu: 4, memory: 8e9, pods: 10 }), { nil: undefined }),
});

/** Any state at all, however odd: claims on volumes of another zone than the pod's, nodes and volumes that are gone. */
const state: fc.Arbitrary<ClusterState> = fc
    .record({
        nodes: fc.array(node, { minLength: 1, maxLength: 6 }),
        agents: fc.array(
            fc.record({
                ours: fc.boolean(),
                hasPod: fc.boolean(),
                node: fc.option(fc.integer({ min: 0, max: 7 }), { nil: undefined }),
                owned: fc.boolean(),
                ready: fc.boolean(),
                leaving: fc.boolean(),
                claims: fc.array(
                    fc.record({
                        zones: fc.subarray(ZONES, { maxLength: 2 }),
                        bound: fc.boolean(),
                        selected: fc.option(fc.integer({ min: 0, max: 7 }), { nil: undefined }),
                        leaving: fc.boolean(),
                        retained: fc.boolean(),
                    }),
                    { maxLength: 2 },
                ),
            }),
            { maxLength: 12 },
        ),
        replicas: fc.integer({ min: 0, max: 12 }),
    })
    .map(({ nodes, agents, replicas }) => {
        const pods: Pod[] = [];
        const claims: Claim[] = [];
        const volumes: Volume[] = [];
        agents.forEach((agent, ordinal) => {
            const namespace = agent.ours ? "agents-x" : "elsewhere";
            const name = `x-${ordinal}`;
            agent.claims.forEach(({ zones, bound, selected, leaving, retained }, index) => {
                const volume = `${namespace}-v${ordinal}-${index}`;
                if (bound) volumes.push({ name: volume, zones, retained });
                claims.push({
                    namespace,
                    name: `t${index}-${name}`,
                    uid: `claim-${namespace}-${ordinal}-${index}`,
                    leaving,
                    ...(bound ? { volume } : {}),
                    ...(selected === undefined ? {} : { selectedNode: `n${selected}` }),
                });
            });
            if (!agent.hasPod) return;
            pods.push({
                namespace,
                name,
                uid: `pod-${ordinal}`,
                ready: agent.ready,
                leaving: agent.leaving,
                claims: agent.claims.map((_, index) => `t${index}-${name}`),
                why: "",
                ...(agent.node === undefined ? {} : { node: `n${agent.node}` }),
                ...(agent.owned ? { set: "x" } : {}),
            });
        });
        const set = { name: "x", first: 0, replicas, claimTemplates: ["t0", "t1"], request: room };
        const sets: AgentSet[] = ["agents-x", "elsewhere"].map((namespace) => ({ namespace, ...set }));
        return {
            namespaces: ["agents-x"],
            nodes: nodes.map((one, index) => ({ name: `n${index}`, ...one })),
            sets,
            pods,
            claims,
            volumes,
        };
    });

const actionsOf = ({ nodes, moves }: MovePlan): Action[] => [...nodes, ...moves.flatMap(({ actions }) => actions)];

describe("planEvacuation", () => {
    it("never touches a pod, claim, volume or node of another zone or of another namespace", () => {
        fc.assert(
            fc.property(state, (cluster) => {
                const zoneOf = new Map(cluster.nodes.map(({ name, zone }) => [name, zone]));
                for (const action of actionsOf(planEvacuation(cluster, ZONE))) {
                    if ("namespace" in action) assert.equal(action.namespace, "agents-x");
                    if (action.kind === "cordon") assert.equal(zoneOf.get(action.node), ZONE);
                    if (action.kind === "evict" || action.kind === "delete-pod") {
                        const pod = cluster.pods.find(({ uid }) => uid === action.uid);
                        assert.ok(pod?.set === "x");
                        assert.ok([ZONE, undefined].includes(zoneOf.get(pod.node ?? "")));
                    }
                    if (action.kind === "keep-volume") {
                        assert.deepEqual(cluster.volumes.find(({ name }) => name === action.volume)?.zones, [ZONE]);
                    }
                    if (action.kind === "delete-claim") {
                        const claim = cluster.claims.find(({ uid }) => uid === action.uid);
                        const volume = cluster.volumes.find(({ name }) => name === claim?.volume);
                        if (volume !== undefined) assert.deepEqual(volume.zones, [ZONE]);
                        const user = cluster.pods.find(
                            (pod) =>
                                claim !== undefined &&
                                pod.claims.includes(claim.name) &&
                                pod.namespace === claim.namespace &&
                                pod.set === "x",
                        );
                        assert.ok([ZONE, undefined].includes(zoneOf.get(user?.node ?? "")));
                    }
                }
            }),
            { numRuns: 2000 },
        );
    });

    it("gives up no claim whose volume would go with it, and none of a pod that a kubelet still runs", () => {
        fc.assert(
            fc.property(state, (cluster) => {
                for (const { actions } of planEvacuation(cluster, ZONE).moves) {
                    const kept = new Set(
                        actions.flatMap((action) => (action.kind === "keep-volume" ? [action.volume] : [])),
                    );
                    const orderly = actions.some((a) => a.kind === "evict" || (a.kind === "delete-pod" && !a.force));
                    for (const action of actions) {
                        if (action.kind !== "delete-claim") continue;
                        const claim = cluster.claims.find(({ uid }) => uid === action.uid);
                        const volume = cluster.volumes.find(({ name }) => name === claim?.volume);
                        assert.ok(volume === undefined || kept.has(volume.name));
                        const pod = cluster.pods.find(
                            ({ claims, set }) => set === "x" && claims.includes(claim?.name ?? ""),
                        );
                        assert.ok(!orderly || pod?.node === undefined || claim?.namespace !== pod.namespace);
                    }
                }
            }),
            { numRuns: 2000 },
        );
    });

    it("forces no pod whose kubelet answers", () => {
        fc.assert(
            fc.property(state, (cluster) => {
                for (const action of actionsOf(planEvacuation(cluster, ZONE))) {
                    if (action.kind !== "delete-pod" || !action.force) continue;
                    const pod = cluster.pods.find(
                        ({ uid, namespace }) => uid === action.uid && namespace === action.namespace,
                    );
                    const host = cluster.nodes.find(({ name }) => name === pod?.node);
                    assert.ok(host === undefined || host.state === "lost");
                }
            }),
            { numRuns: 2000 },
        );
    });
});

describe("planReturn", () => {
    it("takes agents only from crowded zones, in order, and never more than make the zones even", () => {
        fc.assert(
            fc.property(state, (cluster) => {
                const plan = planReturn(cluster, ZONE);
                const zoneOf = new Map(cluster.nodes.map(({ name, zone }) => [name, zone]));
                for (const action of actionsOf(plan)) {
                    if ("namespace" in action) assert.equal(action.namespace, "agents-x");
                    if (action.kind === "reopen") assert.equal(zoneOf.get(action.node), ZONE);
                    assert.notEqual(action.kind, "cordon");
                    if (action.kind !== "evict" && action.kind !== "delete-pod") continue;
                    const pod = cluster.pods.find(
                        ({ uid, namespace }) => uid === action.uid && namespace === action.namespace,
                    );
                    assert.notEqual(zoneOf.get(pod?.node ?? ""), ZONE);
                    assert.ok(action.kind === "evict" || !action.force);
                }
                const set = cluster.sets[0];
                assert.ok(set && plan.moves.length <= set.replicas);
            }),
            { numRuns: 2000 },
        );
    });
});

describe("refusal and room", () => {
    const open: Node = {
        name: "n1",
        zone: "b",
        state: "ready",
        agents: true,
        cordoned: false,
        outOfService: false,
        closed: false,
    };
    const lost: Node = { ...open, name: "n0", zone: ZONE, state: "lost" };
    const set: AgentSet = {
        namespace: "agents-x",
        name: "x",
        first: 0,
        replicas: 3,
        claimTemplates: [],
        request: room,
    };
    const base: ClusterState = {
        namespaces: ["agents-x"],
        nodes: [lost],
        sets: [set],
        pods: [],
        claims: [],
        volumes: [],
    };

    it("refuses where the room of a node or the wish of a class is unknown, and names it", () => {
        assert.match(refusal({ ...base, nodes: [lost, open] }, ZONE, false) ?? "", /room for agents is unknown: n1 /);
        const nodes = [lost, { ...open, free: { cpu: 2, memory: 4e9, pods: 9 } }];
        assert.equal(refusal({ ...base, nodes }, ZONE, false), undefined);
        const sets = [{ ...set, request: undefined }];
        assert.match(refusal({ ...base, nodes, sets }, ZONE, false) ?? "", /room for agents is unknown: x ask/);
    });

    it("counts agents into nodes one by one, by the resource that runs out first", () => {
        const moves = Array.from({ length: 9 }, () => ({ namespace: "agents-x", agent: "", from: "", actions: [] }));
        const fits = (free: Node["free"]) => roomFor({ ...base, nodes: [lost, { ...open, free }] }, ZONE, moves);
        assert.equal(fits({ cpu: 2.9, memory: 9e9, pods: 9 }), 2);
        assert.equal(fits({ cpu: 9, memory: 3.5e9, pods: 9 }), 3);
        assert.equal(fits({ cpu: 9, memory: 9e9, pods: 1 }), 1);
        assert.equal(fits({ cpu: -1, memory: 9e9, pods: 9 }), 0);
    });
});
