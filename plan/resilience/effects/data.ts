import { listed, span } from "../../document/figures";
import type { Inventory } from "../inventory";
import type { Database } from "../inventory/database";
import { breaks, degrades, holds, type Judged, worst } from "../judge";
import type { Backup, Loss } from "../loss";
import { DATABASE_FAILED_OVER, DATABASE_RECREATED, DAY_SECONDS, POINT_IN_TIME_BEHIND } from "../recovery-times";
import { stateAfter } from "./agents";

/** From where the database could be restored. */
interface Source {
    readonly name: string;
    /** Of how many last seconds a restore lacks what was written. */
    readonly lossSeconds: number;
    /** How far back it reaches. */
    readonly days: number;
    /** Whether it stays when the database is deleted with its own backups. */
    readonly apart: boolean;
    readonly region: string;
}

/** Promise 4: data durable, encrypted, and restorable to a point in time. */
export function dataAfter(inventory: Inventory, loss: Loss): Judged {
    const { database } = inventory;
    if (database === undefined) return breaks("the plan has no database");
    const bare = unkept(inventory, database);
    if (bare !== undefined) return breaks(bare);
    switch (loss.kind) {
        case "zone":
            return worst(databaseAfter(inventory, loss), stateLoss(stateAfter(inventory, loss)));
        case "database-instance":
            return databaseAfter(inventory, loss);
        case "backup":
            return loss.backup.kind === "state"
                ? stateAfter(inventory, loss)
                : restorableWithout(inventory, loss.backup);
        case "agent-node":
            return holds("agents' volumes outlive the node, and no data of the platform stands on it");
        default:
            return holds("the database and its backups do not stand there");
    }
}

/** What is lost of agents' memory counts here; that they wait for somebody does not. */
function stateLoss(state: Judged): Judged {
    return state.verdict === "degrades" ? { ...state, action: undefined } : state;
}

function unkept(inventory: Inventory, database: Database): string | undefined {
    if (!database.encrypted) return "the database is not encrypted under a key of our own";
    if (!database.encryptedInTransit) return "the database takes connections without TLS";
    if (sourcesOf(inventory).length === 0) return "nothing is there from which the database could be restored";
    const bare = inventory.vaults.filter(({ encrypted }) => !encrypted).map(({ name }) => name);
    return bare.length > 0 ? `the backups in ${listed(bare)} are not under a key of our own` : undefined;
}

/** Whether the database answers, and when again. Its storage has six copies in three zones, apart from its instances. */
export function databaseAfter({ database }: Inventory, loss: Loss): Judged {
    if (database === undefined) return breaks("the plan has no database");
    const [writer] = database.instances;
    if (writer === undefined) return breaks("the database has no instance");
    const placeless = database.instances.filter(({ zone }) => zone === undefined).map(({ name }) => name);
    if (placeless.length > 0) return breaks(`the zone of ${listed(placeless)} is not known`);
    if (loss.kind === "zone")
        return worst(instancesWithoutZone(database, loss.zone), poolWithoutZone(database, loss.zone));
    if (loss.kind !== "database-instance") return holds("all instances of the database stay");
    const left = database.instances.filter(({ name }) => name !== loss.instance.name);
    if (loss.instance.name !== writer.name) {
        return holds("the writer goes on; until the reader is made again a failure of the writer would take minutes");
    }
    const [next] = left;
    if (next === undefined) {
        return degrades(
            `the database has one instance: it answers nobody until AWS has made it again, typically within ` +
                `${span(DATABASE_RECREATED)}; nothing that was acknowledged is lost`,
            { seconds: DATABASE_RECREATED },
        );
    }
    return degrades(
        `the reader ${next.name} in ${next.zone ?? "?"} takes over within ${span(DATABASE_FAILED_OVER)}; nothing that was acknowledged is lost`,
        { seconds: DATABASE_FAILED_OVER },
    );
}

function instancesWithoutZone({ instances, zones }: Database, zone: string): Judged {
    const gone = instances.filter((each) => each.zone === zone);
    const [next] = instances.filter((each) => each.zone !== zone);
    if (gone.length === 0) return holds(`no instance of the database stands in ${zone}`);
    if (next === undefined) {
        const other = zones.find((each) => each !== zone);
        const stand =
            instances.length === 1 ? "the database's only instance stands" : "all instances of the database stand";
        return breaks(
            `${stand} in ${zone}: AWS makes it again in its own zone alone, so nobody is answered until the zone is back`,
            other === undefined
                ? {}
                : { action: `add an instance in ${other} (openclaw:database.instances), about 10 min` },
        );
    }
    if (gone.every(({ name }) => name !== instances[0]?.name)) {
        return holds(`the writer stands in ${next.zone ?? "?"} and goes on, without its reader in ${zone}`);
    }
    return degrades(
        `the writer is lost with ${zone}; ${next.name} in ${next.zone ?? "?"} takes over within ` +
            `${span(DATABASE_FAILED_OVER)}, and nothing that was acknowledged is lost`,
        { seconds: DATABASE_FAILED_OVER },
    );
}

function poolWithoutZone({ proxyZones }: Database, zone: string): Judged {
    if (proxyZones === undefined) return holds("agents connect to the database itself");
    const left = proxyZones.filter((each) => each !== zone);
    if (left.length === 0)
        return breaks(`the pool of connections stands in ${zone} alone: no agent reaches the database`);
    return holds(`the pool of connections goes on in ${listed(left)}`);
}

/** All from which the database could be restored, but for one; the smallest loss first. */
export function sourcesOf({ database, vaults, region }: Inventory, without?: Backup): Source[] {
    const sources: Source[] = [];
    const days = database?.pointInTimeDays ?? 0;
    if (days > 0 && without?.kind !== "point-in-time") {
        sources.push({ name: "point-in-time recovery", lossSeconds: POINT_IN_TIME_BEHIND, days, apart: false, region });
    }
    for (const vault of vaults) {
        if (without?.kind === "vault" && without.vault.arn === vault.arn) continue;
        if (!((vault.days ?? 0) > 0) || vault.everySeconds === undefined) continue;
        const where = vault.region === region ? "" : ` in ${vault.region}`;
        sources.push({
            name: `vault ${vault.name}${where}`,
            lossSeconds: vault.everySeconds,
            days: vault.days ?? 0,
            apart: true,
            region: vault.region,
        });
    }
    return sources.sort((one, other) => one.lossSeconds - other.lossSeconds || one.days - other.days);
}

function restorableWithout(inventory: Inventory, backup: Backup): Judged {
    if (backup.kind === "archive") return holds("the database and its backups hold the decisions too");
    const before = sourcesOf(inventory);
    const left = sourcesOf(inventory, backup);
    const [best] = left;
    if (best === undefined) return breaks("nothing else is left from which the database could be restored");
    const reach = (sources: readonly Source[]): number => Math.max(...sources.map(({ days }) => days));
    if (best.lossSeconds > POINT_IN_TIME_BEHIND) {
        return degrades(
            `the database runs on, but could be restored to the last snapshot alone, from ${best.name}: up to ` +
                `${span(best.lossSeconds)} would be lost`,
            { lossSeconds: best.lossSeconds },
        );
    }
    const seconds = `any second of the last ${best.days} days can be restored`;
    if (!left.some(({ apart }) => apart)) {
        return degrades(`${seconds}, but whoever deletes the database deletes that with it: no snapshot is kept apart`);
    }
    if (reach(left) < reach(before)) {
        return degrades(
            `${seconds}, but nothing reaches back further than ${reach(left)} days; it was ${reach(before)}`,
        );
    }
    const far = left.filter(({ region }) => region !== inventory.region).length;
    const regions = far > 0 ? "a second region has copies" : "all of it stands in one region";
    const longest = left.find(({ days }) => days === reach(left));
    return holds(`${seconds}, and ${longest?.name ?? "a vault"} reaches back ${reach(left)} days; ${regions}`);
}

/** How long a snapshot has to be kept so that the next monthly one is there before it goes. */
export function bridges(days: number | undefined, everySeconds: number): boolean {
    return (days ?? 0) * DAY_SECONDS >= everySeconds;
}
