import { listed, plural, span } from "../../document/figures";
import type { Inventory } from "../inventory";
import type { AgentClass } from "../inventory/agents";
import { breaks, degrades, holds, type Judged } from "../judge";
import type { Loss } from "../loss";
import {
    AGENT_STARTED,
    EVACUATED,
    NODE_LAUNCHED,
    NODE_REPAIRED,
    NODE_SILENT,
    POD_GIVEN_UP,
    VOLUME_DETACHED,
} from "../recovery-times";
import { inEmptiestZone, inFullestZone, type Load, mostOnOneNode, nodesAtLeast, nodesInAnyOrder } from "../room";
import { registriesOutOfReach } from "./way-out";

/** Agents and their nodes as they stand with all zones up, where the plan says all that is needed to know it. */
export interface Fleet {
    readonly zones: readonly string[];
    readonly agents: number;
    /** The most agents that one zone holds, and the fewest. */
    readonly inZone: number;
    readonly inEmptiestZone: number;
    readonly onNode: number;
    /** Nodes with agents in any one zone, at least and at most, and all nodes that the pool's limit allows. */
    readonly nodes: { readonly least: number; readonly most: number; readonly atMost: number };
}

const known = new WeakMap<Inventory, Fleet | string>();

/** The fleet, or what about it is not known. Worked out once for all losses. */
export function fleetOf(inventory: Inventory): Fleet | string {
    const fleet = known.get(inventory) ?? workOut(inventory);
    known.set(inventory, fleet);
    return fleet;
}

function workOut(inventory: Inventory): Fleet | string {
    const { classes, nodes, network } = inventory;
    const zones = nodes.zones.filter((zone) => network.zones.includes(zone));
    if (classes.length === 0) return "the plan has no agents";
    if (zones.length === 0) return "no zone is named in which nodes of agents may stand";
    if (nodes.node === undefined) return "the size of the agents' nodes is not known";
    if (nodes.atMost === undefined) return "how many nodes of agents may stand is not known";
    const loads = loadsIn(classes, zones.length, inFullestZone);
    const fewest = loadsIn(classes, zones.length, inEmptiestZone);
    if (typeof loads === "string" || typeof fewest === "string") return String(loads);
    const most = nodesInAnyOrder(loads, nodes.node);
    if (most === undefined) return `an agent is larger than a node ${nodes.type ?? ""}`;
    if (most * zones.length > nodes.atMost) {
        return (
            `even with all zones up the agents may need ${plural(most * zones.length, "node")}, ` +
            `and the node pool's limit is ${nodes.atMost}`
        );
    }
    return {
        zones,
        agents: classes.reduce((sum, { agents }) => sum + (agents ?? 0), 0),
        inZone: loads.reduce((sum, { count }) => sum + count, 0),
        inEmptiestZone: fewest.reduce((sum, { count }) => sum + count, 0),
        onNode: mostOnOneNode(loads, nodes.node),
        nodes: { least: nodesAtLeast(fewest, nodes.node), most, atMost: nodes.atMost },
    };
}

/** What one of so many zones holds of each class: the fullest one, or the emptiest. */
function loadsIn(
    classes: readonly AgentClass[],
    zones: number,
    share: typeof inFullestZone | typeof inEmptiestZone,
): Load[] | string {
    const loads: Load[] = [];
    for (const { name, agents, request, spread } of classes) {
        if (agents === undefined) return `how many agents class ${name} has is not known`;
        if (request === undefined) return `what an agent of class ${name} asks of its node is not known`;
        loads.push({ size: request, count: share(agents, zones, spread) });
    }
    return loads;
}

/** Promise 1: each agent is its own pod, with state that survives. */
export function stateAfter(inventory: Inventory, loss: Loss): Judged {
    const { classes } = inventory;
    if (classes.length === 0) return breaks("the plan has no agents");
    const shared = classes.filter(({ volume }) => !volume).map(({ name }) => name);
    if (shared.length > 0) return breaks(`agents of class ${listed(shared)} have no volume of their own`);
    switch (loss.kind) {
        case "zone":
            return stateWithoutZone(inventory, loss.zone);
        case "agent-node":
            return holds("each agent's volume outlives its node and goes along to the next one");
        case "backup":
            if (loss.backup.kind === "state") {
                return degrades(
                    "the only copy of each agent's state is then its volume, in one zone, until Litestream has filled another bucket",
                    { action: "make the bucket again (pulumi up) and restart the agents" },
                );
            }
            return holds("agents' state is on their volumes and in the replica, and in none of the database's backups");
        default:
            return holds("no agent and no volume of an agent stands there");
    }
}

function stateWithoutZone({ classes, nodes }: Inventory, zone: string): Judged {
    if (nodes.zones.length === 0) return breaks("no zone is named in which nodes of agents may stand");
    if (!nodes.zones.includes(zone)) return holds(`no agent stands in ${zone}`);
    const without = classes.filter(({ replica }) => !replica || !(replica.syncSeconds > 0)).map(({ name }) => name);
    if (without.length > 0) {
        return breaks(
            `the state of class ${listed(without)} is on volumes in ${zone} alone: it has no replica elsewhere`,
        );
    }
    const open = classes.filter(({ replica }) => !replica?.versioned || !replica.encrypted).map(({ name }) => name);
    if (open.length > 0) {
        return breaks(
            `the replica of class ${listed(open)} is in a bucket without versions or without a key of our own`,
        );
    }
    const lossSeconds = Math.max(
        ...classes.map(({ replica }) => (replica ? replica.syncSeconds + replica.filesSeconds : 0)),
    );
    const sync = Math.max(...classes.map(({ replica }) => replica?.syncSeconds ?? 0));
    return degrades(
        `agents of ${zone} start with an empty volume and restore their state from S3: of databases the last ` +
            `${span(sync)} are lost, of files the last ${span(lossSeconds)}`,
        { lossSeconds, action: evacuation(zone) },
    );
}

function evacuation(zone: string): string {
    return `stop the zone's instances and run npm run evacuate -- --zone ${zone} (runbook zone-evacuation)`;
}

/** Promise 2: there is room for all agents, over at least two zones. */
export function roomAfter(inventory: Inventory, loss: Loss): Judged {
    const fleet = fleetOf(inventory);
    if (typeof fleet === "string") return breaks(fleet);
    if (fleet.zones.length < 2) return breaks(`agents' nodes may stand in ${listed(fleet.zones)} alone`);
    switch (loss.kind) {
        case "zone":
            return roomWithoutZone(inventory, fleet, loss.zone);
        case "agent-node":
            return roomWithoutNode(inventory, fleet);
        case "nat-gateway":
            return growthWithoutGateway(inventory, loss.gateway.id);
        default:
            return holds(
                `all ${plural(fleet.agents, "agent")} stay where they are, on up to ${plural(fleet.nodes.most, "node")} in each of ${fleet.zones.length} zones`,
            );
    }
}

function roomWithoutZone(inventory: Inventory, fleet: Fleet, zone: string): Judged {
    const { classes, nodes } = inventory;
    if (!fleet.zones.includes(zone)) return holds(`no agent stands in ${zone}`);
    const left = fleet.zones.filter((each) => each !== zone);
    const others = listed(left);
    const stuck = classes.filter(({ spread }) => spread?.kind === "hard" && !spread.forgetsDeadZones);
    if (stuck.length > 0) {
        return breaks(
            `class ${listed(stuck.map(({ name }) => name))} is spread so that the lost zone goes on counting: ` +
                `its agents are refused in ${others}`,
        );
    }
    const loads = loadsIn(classes, left.length, inFullestZone);
    const after = typeof loads === "string" || !nodes.node ? undefined : nodesInAnyOrder(loads, nodes.node);
    if (after === undefined) return breaks("how many nodes the other zones would need is not known");
    const spare = Math.min(...left.map((each) => nodes.spare[each] ?? 0));
    const standing = (each: string): number => fleet.nodes.most + (nodes.spare[each] ?? 0);
    // Nodes of the lost zone count against the limit until somebody deletes them.
    const allowed = standing(zone) + left.reduce((sum, each) => sum + Math.max(standing(each), after), 0);
    const moved = `${plural(fleet.inZone, "agent")} of ${zone}`;
    if (allowed > fleet.nodes.atMost) {
        return breaks(
            `all agents would need ${plural(after, "node")} in ${others}${left.length > 1 ? " each" : ""}, and with those of ${zone} the ` +
                `node pool's limit of ${plural(fleet.nodes.atMost, "node")} may not allow them: not all of ${moved} are sure to start again`,
        );
    }
    const unreachable = registriesOutOfReach(inventory, left, (gateway) => gateway.zone === zone);
    const launched = Math.max(0, after - fleet.nodes.least - spare);
    if (unreachable.registries.length > 0 && after > fleet.nodes.least) {
        return breaks(
            `the ${moved} need nodes in ${others} that have not pulled their images yet, and the way to ` +
                `${listed(unreachable.registries)} leads through the NAT gateway in ${zone}`,
        );
    }
    const seconds = EVACUATED + AGENT_STARTED + (launched > 0 ? NODE_LAUNCHED : 0);
    const held =
        launched > 0 && !nodes.zonalShift
            ? `take ${zone} out of the node pool's zones (kubectl edit nodepool agents), then `
            : "";
    const shift = launched > 0 && nodes.zonalShift ? "start a zonal shift, then " : "";
    return degrades(
        `the ${moved} start again in ${others} ${where(fleet, spare, launched, left.length)}, about ${span(seconds)} ` +
            "after somebody evacuates the zone; nothing moves by itself",
        { seconds, action: `${held}${shift}${evacuation(zone)}` },
    );
}

function where({ nodes }: Fleet, spare: number, launched: number, zones: number): string {
    const each = zones > 1 ? " in each" : "";
    const empty = `on ${plural(spare, "empty node")}${each}`;
    if (spare === 0 && launched === 0) return `beside the agents there, on ${plural(nodes.least, "node")}${each}`;
    if (launched === 0) return empty;
    if (spare === 0) return `on up to ${plural(launched, "new node")}${each}, which EC2 has to give first`;
    return `${empty}, the last of them perhaps on ${plural(launched, "further node")}${each}, which EC2 has to give first`;
}

function roomWithoutNode({ nodes }: Inventory, fleet: Fleet): Judged {
    const spare = Math.min(...fleet.zones.map((zone) => nodes.spare[zone] ?? 0));
    const standing = fleet.zones.reduce((sum, zone) => sum + fleet.nodes.most + (nodes.spare[zone] ?? 0), 0);
    const agents = `up to ${plural(fleet.onNode, "agent")} of the node`;
    const limit = `the node pool's limit of ${plural(fleet.nodes.atMost, "node")}`;
    if (standing > fleet.nodes.atMost) {
        return breaks(`${limit} may not allow the nodes that are to stand empty: ${agents} may not start again`);
    }
    if (spare === 0 && standing === fleet.nodes.atMost) {
        return breaks(
            `no node of the zone stands empty, and ${limit} allows none beside the lost one: ${agents} may not start again`,
        );
    }
    const start = VOLUME_DETACHED + AGENT_STARTED + (spare > 0 ? 0 : NODE_LAUNCHED);
    const place = spare > 0 ? "on a node of the zone that stands empty" : "on a node that EC2 has to give first";
    const times =
        `${span(NODE_SILENT + POD_GIVEN_UP)} until the node is given up, ` +
        `${span(VOLUME_DETACHED)} until its volumes are free, ${span(AGENT_STARTED)} to start`;
    if (nodes.repaired) {
        const seconds = NODE_REPAIRED + start;
        return degrades(`${agents} start again ${place} within ${span(seconds)}: Karpenter replaces a silent node`, {
            seconds,
        });
    }
    return degrades(
        `${agents} start again ${place} (${times}), but a node that falls silent without being ended keeps them until ` +
            "somebody deletes it: Karpenter's node repair is off",
        { seconds: NODE_SILENT + POD_GIVEN_UP + start, action: "end the node's instance (runbook compute-nodes)" },
    );
}

/** What runs goes on; what is new needs images. */
function growthWithoutGateway(inventory: Inventory, id: string): Judged {
    const zones = inventory.network.zones;
    const { registries, cut } = registriesOutOfReach(inventory, zones, (gateway) => gateway.id === id);
    if (registries.length === 0) return holds("new nodes pull their images without this gateway");
    const images = `images from ${listed(registries)}`;
    if (cut.length === zones.length) {
        return breaks(
            `no new node in any zone can pull ${images}: what runs goes on, nothing can be added or replaced`,
        );
    }
    return degrades(`no new node in ${listed(cut)} can pull ${images}; in other zones agents can be added`, {
        action: "point the zone's default route to another NAT gateway, or make the gateway again (pulumi up)",
    });
}
