import { listed, plural, span } from "../../document/figures";
import type { Inventory } from "../inventory";
import type { Service } from "../inventory/services";
import { breaks, degrades, holds, type Judged, worst } from "../judge";
import type { Loss } from "../loss";
import { LEADER_TAKEN_OVER, NODE_SILENT, POD_GIVEN_UP, POD_STARTED } from "../recovery-times";
import { databaseAfter } from "./data";
import { brokersAfter } from "./messages";
import { zonesCutOff } from "./way-out";

const REPLACED = NODE_SILENT + POD_GIVEN_UP + POD_STARTED;

/** Promise 6: the platform goes on. As bad as the worst of its parts. */
export function platformAfter(inventory: Inventory, loss: Loss, room: Judged): Judged {
    switch (loss.kind) {
        case "zone":
            return worst(
                room,
                databaseAfter(inventory, loss),
                brokersAfter(inventory, loss),
                controlPlaneWithout(inventory, loss.zone),
                endpointsWithout(inventory, loss.zone),
                wayOutAfter(inventory, loss),
                servicesAfter(inventory, loss),
            );
        case "agent-node":
            return worst(room, expiry(inventory));
        case "system-node":
            return servicesAfter(inventory, loss);
        case "broker":
            return brokersAfter(inventory, loss);
        case "database-instance":
            return databaseAfter(inventory, loss);
        case "nat-gateway":
            return worst(wayOutAfter(inventory, loss), growth(room));
        case "backup":
            return holds("nothing that runs reads a backup");
    }
}

/** That nothing new can start does not stop what runs. */
function growth(room: Judged): Judged {
    return room.verdict === "breaks" ? degrades(room.because) : room;
}

/**
 * Nodes that came together expire together, whatever the node pool's own budgets: then only the budgets of the classes keep
 * their agents from going all at once.
 */
function expiry({ classes }: Inventory): Judged {
    const unkept = classes.filter(({ agents = 0, mayBeAway = Infinity }) => agents > 1 && mayBeAway >= agents);
    if (unkept.length === 0) return holds("each class has a budget for what the cluster itself takes away");
    return breaks(
        `nodes that expire together would take all agents of class ${listed(unkept.map(({ name }) => name))} at once: ` +
            "no disruption budget keeps some of them",
    );
}

function controlPlaneWithout({ network }: Inventory, zone: string): Judged {
    if (!network.controlPlane) return breaks("the plan has no cluster");
    const left = network.controlPlaneZones.filter((each) => each !== zone);
    if (left.length === 0) return breaks(`the cluster's control plane reaches the nodes through ${zone} alone`);
    return holds(`the control plane, which AWS runs over several zones, reaches the nodes through ${listed(left)}`);
}

/** What agents need of AWS all the time: models, their identity, their state. */
const NEEDED = ["bedrock-runtime", "eks-auth", "s3"];

function endpointsWithout({ network }: Inventory, zone: string): Judged {
    const missing = NEEDED.filter((service) => !network.endpoints.some((endpoint) => endpoint.service === service));
    if (missing.length > 0) return breaks(`agents have no way to ${listed(missing)} inside the VPC`);
    const lost = network.endpoints
        .filter(({ zones }) => zones !== "all" && !zones.some((each) => each !== zone))
        .map(({ service }) => service);
    if (lost.length > 0) return breaks(`of AWS's services ${listed(lost)} can be reached through ${zone} alone`);
    return holds(`all ${plural(network.endpoints.length, "service")} of AWS are reached through another zone too`);
}

/** The way to named domains outside AWS, for the classes that have some. */
function wayOutAfter(inventory: Inventory, loss: Loss): Judged {
    const { classes, network } = inventory;
    const users = classes.filter(({ proxy }) => proxy !== undefined);
    if (users.length === 0) return holds("no class of agents may reach domains outside AWS");
    const names = listed(users.map(({ name }) => name));
    const zone = loss.kind === "zone" ? loss.zone : undefined;
    const zones = network.zones.filter((each) => each !== zone);
    const cut = zonesCutOff(inventory, zones, (gateway) =>
        loss.kind === "nat-gateway" ? gateway.id === loss.gateway.id : gateway.zone === zone,
    );
    if (zones.length === 0 || cut.length === zones.length) {
        return breaks(
            `agents of class ${names} reach none of their allowed domains: no other NAT gateway is there for ` +
                `${zones.length === 0 ? "any zone" : listed(zones)}; the others go on through endpoints`,
        );
    }
    if (cut.length === 0) return holds(`the way out of ${listed(zones)} has NAT gateways of its own`);
    const share = `${cut.length} of ${zones.length}`;
    return degrades(
        `about ${share} connections of class ${names} to their allowed domains fail: the proxies in ${listed(cut)} are asked like ` +
            "the others, and nothing notices that they have no way out",
        { action: "point the zone's default route to another NAT gateway, or make the gateway again (pulumi up)" },
    );
}

/** The platform's own pods: whether another of each kind stands elsewhere. */
function servicesAfter({ services, systemGroups }: Inventory, loss: Loss): Judged {
    const zone = loss.kind === "zone" ? loss.zone : undefined;
    const missing = ROLES.filter((role) => !services.some((service) => service.role === role));
    if (missing.length > 0) return breaks(`nothing in the plan ${listed(missing)}`);
    if (systemGroups.some(({ minNodes, zones }) => minNodes === undefined || zones.length === 0)) {
        return breaks("how many system nodes stand where is not known");
    }
    const left = systemGroups.filter(({ zones }) => zones.some((each) => each !== zone));
    const nodes = left.reduce((sum, { minNodes }) => sum + (minNodes ?? 0), 0) - (loss.kind === "system-node" ? 1 : 0);
    if (nodes < 1) return breaks("no system node is left: nothing launches nodes, answers names or gives addresses");
    const zones = new Set(systemGroups.flatMap((group) => group.zones)).size;
    const [first, ...others] = services.map((service) => serviceAfter(service, loss, zones));
    return first === undefined ? breaks("the plan has no pods of the platform") : worst(first, ...others);
}

/** Without one of these nothing starts, or nothing is found. */
const ROLES: readonly Service["role"][] = ["launches nodes", "gives pods addresses", "answers names"];

/** A preference for other nodes and zones is taken as kept: there is room for it. */
function serviceAfter({ name, role, replicas, spread, apartByNode }: Service, loss: Loss, zones: number): Judged {
    if (replicas === undefined) return breaks(`how many pods of ${name} there are is not known`);
    if (replicas < 1) return breaks(`no pod of ${name} ${role}`);
    const apart = loss.kind === "zone" ? spread !== undefined && zones > 1 : apartByNode || spread !== undefined;
    const skew = spread?.maxSkew ?? 1;
    const gone =
        loss.kind === "zone" && apart
            ? Math.min(replicas, Math.floor((replicas + (zones - 1) * skew) / zones))
            : apart
              ? Math.ceil(replicas / Math.max(replicas, 1))
              : replicas;
    if (gone < replicas) {
        const left = plural(replicas - gone, "pod");
        return holds(
            `of ${replicas} pods of ${name} ${left} stay${replicas - gone === 1 ? "s" : ""}, and take${replicas - gone === 1 ? "s" : ""} over within ${span(LEADER_TAKEN_OVER)}`,
        );
    }
    const all =
        replicas === 1 ? `the only pod of ${name}` : `all ${replicas} pods of ${name}, which nothing keeps apart`;
    return degrades(`${all} may be lost: until another runs, in about ${span(REPLACED)}, nothing ${role}`, {
        seconds: REPLACED,
    });
}
