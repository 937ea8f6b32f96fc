import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import {
    type AgentDemand,
    type Fleet,
    type Limit,
    agentsPerNode,
    allocatable,
    fleetCapacity,
    heapMiB,
    nodeAddresses,
} from "../../components/model/capacity";
import { INSTANCE_TYPES, instanceType } from "../../components/model/instance-types";

const demand = (agents: number, cpuMillicores: number, memoryMiB: number): AgentDemand => ({
    agents,
    cpuMillicores,
    memoryMiB,
});
const zones = ["us-east-1a", "us-east-1b"];

describe("agents on one node", () => {
    it("names what runs out first", () => {
        const limit = (type: string, agent: AgentDemand, maxPods = 60): [number, Limit] => {
            const { agents, limitedBy } = agentsPerNode(agent, instanceType(type), maxPods);
            return [agents, limitedBy];
        };
        assert.deepEqual(limit("r8g.2xlarge", demand(1, 250, 3072)), [19, "memory"]);
        assert.deepEqual(limit("c7g.2xlarge", demand(1, 2000, 512)), [3, "cpu"]);
        assert.deepEqual(limit("r8g.4xlarge", demand(1, 250, 1024)), [30, "volumes"]);
        assert.deepEqual(limit("m8g.2xlarge", demand(1, 100, 256), 20), [13, "pods"]);
        assert.deepEqual(limit("t4g.medium", demand(1, 250, 4096)), [0, "memory"]);
    });

    it("takes network interfaces from the attachments only where the type shares them", () => {
        assert.equal(allocatable(instanceType("m8g.2xlarge"), 60).volumes, 30);
        assert.equal(allocatable(instanceType("m7g.2xlarge"), 60).volumes, 23);
    });

    it("keeps back what system, kubelet and daemons need", () => {
        // 64 GiB less 7.5 %, 255 + 11 x 60 + 100 MiB for kubelet and eviction, 1024 MiB for daemons.
        assert.deepEqual(allocatable(instanceType("r8g.2xlarge"), 60), {
            memory: 60620 - 1015 - 1024,
            cpu: 8000 - 90 - 500,
            volumes: 30,
            pods: 53,
        });
    });

    it("holds as many agents as fit, and not one more, on every type", () => {
        const types = fc.constantFrom(...INSTANCE_TYPES.values());
        const agent = fc.record({
            agents: fc.constant(1),
            cpuMillicores: fc.integer({ min: 1, max: 4000 }),
            memoryMiB: fc.integer({ min: 1, max: 16384 }),
            volumes: fc.integer({ min: 0, max: 3 }),
        });
        fc.assert(
            fc.property(types, agent, fc.integer({ min: 8, max: 110 }), (type, one, maxPods) => {
                const free = allocatable(type, maxPods);
                const { agents, limitedBy, byLimit } = agentsPerNode(one, type, maxPods);
                const fits = (n: number): boolean =>
                    n * one.memoryMiB <= free.memory &&
                    n * one.cpuMillicores <= free.cpu &&
                    n * one.volumes <= free.volumes &&
                    n <= free.pods;
                assert.ok(fits(agents));
                assert.ok(!fits(agents + 1));
                assert.equal(byLimit[limitedBy], agents);
                assert.ok(Object.values(byLimit).every((count) => count >= agents));
            }),
        );
    });
});

describe("addresses of one node", () => {
    it("counts whole prefixes, one of them warm, and every interface", () => {
        assert.deepEqual(nodeAddresses(instanceType("r8g.2xlarge"), 60), { prefixes: 5, interfaces: 2, addresses: 82 });
        assert.deepEqual(nodeAddresses(instanceType("m8g.xlarge"), 110), {
            prefixes: 8,
            interfaces: 2,
            addresses: 130,
        });
        assert.deepEqual(nodeAddresses(instanceType("t4g.medium"), 110), {
            prefixes: 8,
            interfaces: 3,
            addresses: 131,
        });
    });

    it("is enough for every pod with a prefix to spare", () => {
        fc.assert(
            fc.property(
                fc.constantFrom(...INSTANCE_TYPES.values()),
                fc.integer({ min: 1, max: 110 }),
                (type, maxPods) => {
                    const { prefixes, interfaces, addresses } = nodeAddresses(type, maxPods);
                    assert.ok((prefixes - 1) * 16 >= maxPods && (prefixes - 2) * 16 < maxPods);
                    assert.ok(prefixes <= (interfaces - 1) * (type.addressesPerInterface - 1));
                    assert.equal(addresses, prefixes * 16 + interfaces);
                },
            ),
        );
    });

    it("refuses more pods than a type has interfaces for", () => {
        assert.throws(() => nodeAddresses(instanceType("t4g.medium"), 250), /t4g.medium has 3 network interfaces/);
    });
});

describe("a fleet", () => {
    const production: Fleet = {
        classes: {
            coordinator: demand(20, 500, 4096),
            analyst: demand(120, 250, 3072),
            engineer: demand(90, 500, 4096),
            support: demand(60, 250, 3072),
            reviewer: demand(30, 250, 3072),
        },
        instanceType: "r8g.2xlarge",
        zones,
        maxPods: 60,
    };

    it("of 320 agents is planned for all zones, and for one zone less", () => {
        const { agents, nodesPerZone, nodes, vCpus, addressesPerZone } = fleetCapacity(production);
        assert.equal(agents, 320);
        assert.deepEqual(nodesPerZone, { normal: 10, zoneLost: 19 });
        assert.deepEqual(nodes, { normal: 20, zoneLost: 19 });
        assert.deepEqual(vCpus, { normal: 160, zoneLost: 152 });
        assert.deepEqual(addressesPerZone, { normal: 10 * 82, zoneLost: 19 * 82 });
    });

    it("with a third zone needs fewer nodes in each, and less headroom when one is lost", () => {
        const three = fleetCapacity({ ...production, zones: [...zones, "us-east-1c"] }).nodesPerZone;
        assert.deepEqual(three, { normal: 7, zoneLost: 10 });
    });

    it("refuses an agent that no node can hold, one zone, and a type it does not know", () => {
        const giant = { ...production, classes: { giant: demand(1, 250, 65536) } };
        assert.throws(() => fleetCapacity(giant), /too small for one agent of class "giant": memory/);
        assert.throws(() => fleetCapacity({ ...production, zones: ["us-east-1a"] }), /needs two zones, not 1/);
        assert.throws(() => fleetCapacity({ ...production, instanceType: "m1.tiny" }), /"m1.tiny": known are t4g/);
    });

    const fleets = fc.record({
        classes: fc.dictionary(
            fc.string({ minLength: 1, maxLength: 8 }),
            fc.record({
                agents: fc.nat(400),
                cpuMillicores: fc.integer({ min: 50, max: 3000 }),
                memoryMiB: fc.integer({ min: 256, max: 12288 }),
            }),
            { minKeys: 1, maxKeys: 6, noNullPrototype: true },
        ),
        instanceType: fc.constantFrom("m8g.2xlarge", "r8g.2xlarge", "m7g.4xlarge", "m7i.4xlarge"),
        zones: fc.constantFrom(zones, [...zones, "us-east-1c"]),
        maxPods: fc.integer({ min: 20, max: 110 }),
    });

    it("has room for every agent in the zones that are left, and wastes no node", () => {
        fc.assert(
            fc.property(fleets, (fleet) => {
                const { nodesPerZone, perNode } = fleetCapacity(fleet);
                const free = allocatable(instanceType(fleet.instanceType), fleet.maxPods);
                const classes = Object.entries(fleet.classes);
                for (const [up, nodes] of [
                    [fleet.zones.length, nodesPerZone.normal],
                    [fleet.zones.length - 1, nodesPerZone.zoneLost],
                ] as const) {
                    const inZone = ({ agents }: AgentDemand): number => Math.ceil(agents / up);
                    const total = (need: (one: AgentDemand) => number): number =>
                        classes.reduce((sum, [, one]) => sum + inZone(one) * need(one), 0);
                    assert.ok(total((one) => one.memoryMiB) <= nodes * free.memory);
                    assert.ok(total((one) => one.cpuMillicores) <= nodes * free.cpu);
                    assert.ok(total(() => 1) <= nodes * Math.min(free.pods, free.volumes));
                    const apart = classes.reduce(
                        (sum, [name, one]) => sum + Math.ceil(inZone(one) / (perNode[name]?.agents ?? NaN)),
                        0,
                    );
                    // Filling nodes together never needs more than giving each class nodes of its own.
                    assert.ok(nodes <= Math.max(apart, nodesPerZone.normal));
                }
                assert.ok(nodesPerZone.zoneLost >= nodesPerZone.normal);
            }),
        );
    });

    it("is planned at once, however many agents it has", () => {
        const many = { ...production, classes: { analyst: demand(100_000, 250, 3072) } };
        const before = process.cpuUsage().user;
        fleetCapacity(many);
        assert.ok(process.cpuUsage().user - before < 200_000, "more than 0.2 s for 100,000 agents");
    });
});

describe("heapMiB", () => {
    it("leaves a quarter of the limit to native memory", () => {
        assert.equal(heapMiB(3072), 2304);
        assert.equal(heapMiB(4097), 3072);
    });
});
