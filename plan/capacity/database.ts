import { connectionBudget } from "../../components/model/connections";
import { instanceMemoryGiB } from "../../components/model/database-memory";
import { held } from "../../components/model/storage";
import { peakRate } from "../../components/model/throughput";
import { databaseSizeOf } from "../../settings/platform";
import type { Settings } from "../../settings/schema";
import type { CapacityLine, GrowthLine, LoadName } from "../document/schema";
import type { Graph } from "../graph";
import { fleetIn } from "./agents";
import { line } from "./line";

/**
 * Rows a second that the ledger takes for each processor: half of what two processors took with agents that wrote without pause,
 * on a disk of their own and beside their writers (`npm run drill:recovery` prints it).
 */
const WRITES_PER_VCPU = 250;
const GIB_PER_VCPU = 8;
const VCPUS_PER_ACU = 0.25;

/** The largest volume of Aurora PostgreSQL. Unit: GiB. */
const LARGEST_VOLUME_GIB = 128 * 1024;
const DAYS_OF_YEAR = 365;

/** The database: connections of the agents, rows a second, and how large it becomes. */
export function databaseLines({ settings }: Graph): CapacityLine[] {
    const { database, load } = settings;
    const { agents } = fleetIn(settings);
    const { maxConnections } = databaseSizeOf(database);
    const budget = connectionBudget({ agents, maxConnections, pooled: database.proxy });
    const { decisions, auditEntries, memories } = load.perInteraction;
    const rows = load.interactionsPerDay.high * (decisions + auditEntries + memories);
    const size = database.instanceClass === undefined ? "serverless.maxAcu" : "instanceClass";
    return [
        line({
            group: "database",
            name: "Connections of agents",
            need: budget.needed,
            limit: budget.available,
            unit: "connections",
            key: `openclaw:database.${size}`,
            note: `${budget.perAgent} an agent ${database.proxy ? "through the pool" : "without a pool"}; ${budget.agentsAtMost.toLocaleString("en-US")} agents would fit`,
        }),
        line({
            group: "database",
            name: "Rows written in the busiest second",
            need: peakRate(rows, load.peakFactor),
            limit: WRITES_PER_VCPU * vCpusOf(database),
            unit: "rows a second",
            key: `openclaw:database.${size}`,
            note: `a planning figure of ${WRITES_PER_VCPU} for each processor of the writer`,
        }),
        line({
            group: "storage",
            name: "Database after a year of busy days",
            need: databaseGib(settings, "high", DAYS_OF_YEAR),
            limit: LARGEST_VOLUME_GIB,
            unit: "GiB",
            key: "openclaw:retention.decisionLogDays",
            note: "grows by itself and is billed by what it holds",
        }),
    ];
}

/** How the stores grow from month to month at the expected load. */
export function growthLines({ settings }: Graph): GrowthLine[] {
    const { load, retention } = settings;
    const { interactionsPerDay, perInteraction } = load;
    const gib = (bytesPerDay: number, days: number) => (bytesPerDay * days) / 1024 ** 3;
    const expected = interactionsPerDay.expected;
    const line = (store: string, key: string, at: (days: number) => number): GrowthLine => ({
        store,
        key,
        gibAfterMonths: MONTHS.map((months) => ({ months, gib: at((months * DAYS_OF_YEAR) / 12) })),
    });
    return [
        line("Database: decisions, audit, memories", "openclaw:retention.decisionLogDays", (days) =>
            databaseGib(settings, "expected", days),
        ),
        line("Decision archive (before compression)", "openclaw:retention.decisionLogDays", (days) =>
            gib(
                expected * perInteraction.decisions * perInteraction.messageBytes,
                Math.min(days, retention.decisionLogDays),
            ),
        ),
        line("Old versions of agents' replicas", "openclaw:retention.agentStateVersionDays", (days) =>
            gib(expected * perInteraction.stateBytes, Math.min(days, retention.agentStateVersionDays)),
        ),
        line("Operational logs", "openclaw:retention.logDays", (days) =>
            gib(expected * perInteraction.logBytes, Math.min(days, retention.logDays)),
        ),
    ];
}

const MONTHS = [1, 3, 6, 12, 24, 36];

/** Decisions and audit entries go with their retention; memories stay until they expire or are erased, so all of them count. */
function databaseGib({ load, retention }: Settings, name: LoadName, days: number): number {
    const { decisions, auditEntries, memories } = load.perInteraction;
    const perDay = load.interactionsPerDay[name];
    const kept = Math.min(days, retention.decisionLogDays);
    return (
        held({ decision: perDay * decisions, audit: perDay * auditEntries }, kept) +
        held({ memory: perDay * memories }, days)
    );
}

function vCpusOf({ instanceClass, serverless }: Settings["database"]): number {
    return instanceClass === undefined
        ? (serverless?.maxAcu ?? 0) * VCPUS_PER_ACU
        : instanceMemoryGiB(instanceClass) / GIB_PER_VCPU;
}
