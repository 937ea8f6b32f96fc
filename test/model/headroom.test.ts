import { strict as assert } from "node:assert";
import fc from "fast-check";
import { type Fleet, allocatable, fleetCapacity } from "../../components/model/capacity";
import { HEADROOM_MODES, headroomPlan } from "../../components/model/headroom";
import { instanceType } from "../../components/model/instance-types";

const fleet: Fleet = {
    classes: { analyst: { agents: 120, cpuMillicores: 310, memoryMiB: 3328 } },
    instanceType: "r8g.2xlarge",
    zones: ["us-east-1a", "us-east-1b"],
    maxPods: 60,
};
const plan = (mode: "reserved" | "on-demand", of: Fleet = fleet) => headroomPlan(mode, of, fleetCapacity(of));

const anyFleet = fc.record({
    classes: fc
        .array(
            fc.record({
                agents: fc.integer({ min: 1, max: 500 }),
                cpuMillicores: fc.integer({ min: 60, max: 2000 }),
                memoryMiB: fc.integer({ min: 1024, max: 12_288 }),
            }),
            { minLength: 1, maxLength: 5 },
        )
        .map((classes) => Object.fromEntries(classes.map((demand, index) => [`class-${index}`, demand]))),
    instanceType: fc.constantFrom("m7g.2xlarge", "r7g.2xlarge", "m8g.4xlarge", "r8g.2xlarge"),
    zones: fc.constantFrom(["us-east-1a", "us-east-1b"], ["us-east-1a", "us-east-1b", "us-east-1c"]),
    maxPods: fc.constantFrom(40, 60),
});

describe("headroom for the loss of a zone", () => {
    it("keeps in each zone what the other needs, or says what is launched", () => {
        const { nodesPerZone } = fleetCapacity(fleet);
        assert.deepEqual(nodesPerZone, { normal: 4, zoneLost: 8 });
        const reserved = plan("reserved");
        assert.deepEqual([reserved.sparePerZone, reserved.launchPerZone], [4, 0]);
        const onDemand = plan("on-demand");
        assert.deepEqual([onDemand.sparePerZone, onDemand.launchPerZone], [0, 4]);
    });

    it("tells what a lost zone means in each mode", () => {
        assert.equal(
            plan("reserved").consequence,
            "4 r8g.2xlarge nodes stand empty in each zone: a lost zone's agents start there at once, whatever EC2 has left.",
        );
        assert.equal(
            plan("on-demand").consequence,
            "Nothing stands ready: a lost zone's agents wait minutes for 4 r8g.2xlarge nodes in the other zone, " +
                "and longer if EC2 is short of them, as it can be when a whole zone asks.",
        );
        const three = plan("on-demand", { ...fleet, zones: ["us-east-1a", "us-east-1b", "us-east-1c"] });
        assert.match(three.consequence, / in each other zone, /);
    });

    it("says so where the loss of a zone needs no more nodes", () => {
        const small = { ...fleet, classes: { analyst: { agents: 4, cpuMillicores: 310, memoryMiB: 3328 } } };
        for (const mode of HEADROOM_MODES) {
            const { sparePerZone, launchPerZone, consequence } = plan(mode, small);
            assert.deepEqual([sparePerZone, launchPerZone], [0, 0]);
            assert.equal(consequence, "A lost zone's agents fit on the nodes of the other zone.");
        }
    });

    it("leaves, in reserve, room for every agent after the loss of any zone, with no node launched", () => {
        fc.assert(
            fc.property(anyFleet, (of) => {
                const capacity = fleetCapacity(of);
                const { sparePerZone } = headroomPlan("reserved", of, capacity);
                const left = of.zones.length - 1;
                assert.ok((capacity.nodesPerZone.normal + sparePerZone) * left >= capacity.nodes.zoneLost);
            }),
        );
    });

    it("never forbids a node that the plan needs, not even while the nodes of a lost zone still count", () => {
        fc.assert(
            fc.property(anyFleet, fc.constantFrom(...HEADROOM_MODES), (of, mode) => {
                const capacity = fleetCapacity(of);
                const { maxVCpus, sparePerZone, launchPerZone } = headroomPlan(mode, of, capacity);
                const zone = capacity.nodesPerZone.normal + sparePerZone;
                const vCpus = instanceType(of.instanceType).vCpus;
                const lostAndReplaced = zone * of.zones.length + launchPerZone * (of.zones.length - 1);
                assert.ok(lostAndReplaced * vCpus <= maxVCpus);
                // The successor of at least one node in ten, rounded up as Karpenter does.
                assert.ok(zone * of.zones.length * vCpus * 1.1 <= maxVCpus);
                // And a cap all the same.
                const most = capacity.nodesPerZone.zoneLost * of.zones.length;
                assert.ok(maxVCpus <= (most * 1.1 + 1) * vCpus);
            }),
        );
    });

    it("sizes a placeholder to fill a node of the planned type, and to fit on it", () => {
        fc.assert(
            fc.property(anyFleet, (of) => {
                const { placeholder } = headroomPlan("reserved", of, fleetCapacity(of));
                const free = allocatable(instanceType(of.instanceType), of.maxPods);
                assert.ok(placeholder.memoryMiB <= free.memory && placeholder.cpuMillicores <= free.cpu);
                // Two never share a node: each stands for a whole one.
                assert.ok(placeholder.memoryMiB * 2 > free.memory && placeholder.cpuMillicores * 2 > free.cpu);
            }),
        );
    });

    it("leaves no room for an agent of prod beside a placeholder", () => {
        const { placeholder } = plan("reserved");
        const free = allocatable(instanceType(fleet.instanceType), fleet.maxPods);
        assert.ok(free.memory - placeholder.memoryMiB < 3328);
    });
});
