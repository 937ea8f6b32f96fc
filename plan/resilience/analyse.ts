import { plural } from "../document/figures";
import type { Effect, Failure } from "../document/schema";
import { fleetOf, roomAfter, stateAfter } from "./effects/agents";
import { dataAfter } from "./effects/data";
import { decisionsAfter } from "./effects/decisions";
import { messagesAfter } from "./effects/messages";
import { platformAfter } from "./effects/platform";
import { toldAfter } from "./effects/told";
import type { Inventory } from "./inventory";
import { compare, type Judged, worse } from "./judge";
import { type Backup, type Loss, zonesIn } from "./loss";

/** What is taken away, with the words for it. */
interface Case {
    readonly loss: Loss;
    readonly name: string;
    readonly title: string;
    readonly removes: readonly string[];
}

/** Takes away one part after the other, and judges each promise by what is left. */
export function failuresOf(inventory: Inventory): Failure[] {
    return casesOf(inventory).map(({ loss, name, title, removes }) => {
        const effects = effectsOf(inventory, loss);
        return {
            kind: loss.kind,
            name,
            title,
            removes: [...removes],
            verdict: effects.reduce<Effect["verdict"]>(
                (bad, { verdict }) => (worse(verdict, bad) ? verdict : bad),
                "holds",
            ),
            effects,
        };
    });
}

/** The worst that any single loss does to a promise, and which loss that is. */
export interface Worst {
    readonly promise: number;
    readonly failure: Failure;
    readonly effect: Effect;
}

/** For each promise the loss that does most to it; the first of equals. */
export function worstOf(failures: readonly Failure[]): Worst[] {
    const worst = new Map<number, Worst>();
    for (const failure of failures) {
        for (const effect of failure.effects) {
            const known = worst.get(effect.promise);
            if (known === undefined || compare(effect, known.effect) > 0) {
                worst.set(effect.promise, { promise: effect.promise, failure, effect });
            }
        }
    }
    return [...worst.values()].sort((one, other) => one.promise - other.promise);
}

function effectsOf(inventory: Inventory, loss: Loss): Effect[] {
    const room = roomAfter(inventory, loss);
    const agentsAway = loss.kind === "zone" || loss.kind === "agent-node";
    const judged: Judged[] = [
        stateAfter(inventory, loss),
        room,
        messagesAfter(inventory, loss, agentsAway ? room : undefined),
        dataAfter(inventory, loss),
        decisionsAfter(inventory, loss),
        platformAfter(inventory, loss, room),
        toldAfter(inventory, loss),
    ];
    return judged.map(({ verdict, because, seconds, lossSeconds, action }, index) => ({
        promise: index + 1,
        verdict,
        because: sentence(because),
        ...(verdict === "degrades" && seconds !== undefined ? { seconds } : {}),
        ...(lossSeconds !== undefined ? { lossSeconds } : {}),
        ...(action !== undefined ? { action } : {}),
    }));
}

function sentence(text: string): string {
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function casesOf(inventory: Inventory): Case[] {
    const { network, systemGroups, brokers, database } = inventory;
    return [
        ...zonesIn(inventory).map((zone) => zoneCase(inventory, zone)),
        nodeCase(inventory),
        {
            loss: { kind: "system-node", group: systemGroups[0] },
            name: systemGroups[0]?.name ?? "system node",
            title: "A node of the platform's own pods is lost",
            removes: ["1 system node"],
        },
        ...(brokers === undefined ? [] : brokerCases(brokers.count ?? 0, brokers.zones)),
        ...(database?.instances ?? []).map((instance, index): Case => {
            const role = index === 0 ? "writer" : "reader";
            return {
                loss: { kind: "database-instance", instance },
                name: instance.name,
                title: `The database's ${role} ${instance.name} is lost`,
                removes: [`the ${role} in ${instance.zone ?? "an unknown zone"}`],
            };
        }),
        ...network.gateways.map((gateway): Case => ({
            loss: { kind: "nat-gateway", gateway },
            name: gateway.name,
            title: `The NAT gateway in ${gateway.zone ?? "an unknown zone"} is lost`,
            removes: ["1 NAT gateway"],
        })),
        ...backupsOf(inventory).map(({ backup, name, title }): Case => ({
            loss: { kind: "backup", backup },
            name,
            title: `${title} is lost`,
            removes: [title.charAt(0).toLowerCase() + title.slice(1)],
        })),
    ];
}

function zoneCase(inventory: Inventory, zone: string): Case {
    const { nodes, network, systemGroups, brokers, database } = inventory;
    const fleet = fleetOf(inventory);
    const holdsAgents = typeof fleet !== "string" && fleet.zones.includes(zone);
    const spare = nodes.spare[zone] ?? 0;
    const system = systemGroups
        .filter(({ zones }) => zones.includes(zone))
        .reduce((sum, { minNodes }) => sum + (minNodes ?? 0), 0);
    const brokersHere = brokerNumbers(brokers?.count ?? 0, brokers?.zones ?? []).filter(
        (broker) => broker.zone === zone,
    );
    const instances = (database?.instances ?? []).filter((instance) => instance.zone === zone).map(({ name }) => name);
    const gateways = network.gateways.filter((gateway) => gateway.zone === zone).length;
    return {
        loss: { kind: "zone", zone },
        name: zone,
        title: `Zone ${zone} is lost`,
        removes: [
            ...(holdsAgents
                ? [`up to ${plural(fleet.nodes.most, "agent node")} with ${plural(fleet.inZone, "agent")}`]
                : []),
            ...(spare > 0 ? [`${plural(spare, "node")} that ${spare === 1 ? "stands" : "stand"} empty`] : []),
            ...(system > 0 ? [plural(system, "system node")] : []),
            ...(brokersHere.length > 0 ? [plural(brokersHere.length, "broker")] : []),
            ...instances.map((name) => `database instance ${name}`),
            ...(gateways > 0 ? [plural(gateways, "NAT gateway")] : []),
        ],
    };
}

function nodeCase(inventory: Inventory): Case {
    const fleet = fleetOf(inventory);
    const agents = typeof fleet === "string" ? "its agents" : `up to ${plural(fleet.onNode, "agent")}`;
    return {
        loss: { kind: "agent-node" },
        name: "fullest node",
        title: "The fullest node of agents is lost",
        removes: [`1 agent node${inventory.nodes.type === undefined ? "" : ` ${inventory.nodes.type}`} with ${agents}`],
    };
}

/** Numbered as MSK does: one zone after the other. */
function brokerNumbers(count: number, zones: readonly string[]): { readonly number: number; readonly zone?: string }[] {
    return Array.from({ length: count }, (_, index) => ({ number: index + 1, zone: zones[index % zones.length] }));
}

function brokerCases(count: number, zones: readonly string[]): Case[] {
    return brokerNumbers(count, zones).map(({ number, zone }) => ({
        loss: { kind: "broker", broker: number },
        name: String(number),
        title: `Broker ${number} is lost`,
        removes: [`1 broker in ${zone ?? "an unknown zone"}`],
    }));
}

function backupsOf(inventory: Inventory): { readonly backup: Backup; readonly name: string; readonly title: string }[] {
    const { database, vaults, archive, classes, region } = inventory;
    const buckets = new Set(classes.map(({ replica }) => replica?.bucket).filter((bucket) => bucket !== undefined));
    return [
        ...((database?.pointInTimeDays ?? 0) > 0
            ? [{ backup: { kind: "point-in-time" } as const, name: "point-in-time", title: "Point-in-time recovery" }]
            : []),
        ...vaults.map((vault) => ({
            backup: { kind: "vault", vault } as const,
            name: vault.region === region ? vault.name : `${vault.name} in ${vault.region}`,
            title:
                vault.region === region
                    ? `The vault ${vault.name}`
                    : `The copy of the vault ${vault.name} in ${vault.region}`,
        })),
        ...(archive === undefined
            ? []
            : [{ backup: { kind: "archive" } as const, name: "decision archive", title: "The archive of decisions" }]),
        ...[...buckets].map((bucket) => ({
            backup: { kind: "state", bucket } as const,
            name: "state replica",
            title: "The replica of agents' state",
        })),
    ];
}
