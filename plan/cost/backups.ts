import { daysBetween } from "../../components/model/schedules";
import type { Graph } from "../graph";
import { inputsOf, list, properties, text } from "../resources";
import { always, DAYS, type Draft, inTier, times } from "./line";
import { databaseGb } from "./volumes";

const tier = "data";

/** A rule of the backup plan, in days. */
interface Rule {
    readonly every: number;
    readonly kept: number;
    /** Of its copies in another region; none for 0. */
    readonly copyKept: number;
}

/**
 * Snapshots of the database. One of Aurora is a full copy, and so is its copy in another region (Aurora guide, "Copying a DB cluster
 * snapshot": incremental copies do not exist). Within the time that the database restores to any second, those beside it are free.
 */
export function backupLines(graph: Graph): Draft[] {
    const rules = rulesOf(graph);
    const window = Number(inputsOf(graph, "aws:rds/cluster:Cluster")["backupRetentionPeriod"] ?? 0);
    const size = databaseGb(graph.settings);
    const sum = (part: (rule: Rule) => number) => rules.reduce((total, rule) => total + part(rule), 0);
    const snapshots = sum(({ every, kept }) => Math.max(0, kept - window) / every);
    const copies = sum(({ every, copyKept }) => copyKept / every);
    const copied = sum(({ every, copyKept }) => (copyKept > 0 ? DAYS / every : 0));
    const keys = inTier(graph, tier, "aws:kms/key:Key").length;
    return [
        {
            tier,
            item: "Snapshots of the database",
            key: "backup.snapshot",
            quantity: times(size, snapshots),
            note: `${snapshots.toFixed(1)} full ones beyond the ${window} days that are free, at the size of today: an upper bound`,
        },
        {
            tier,
            item: "Snapshots in the second region",
            key: "backup.copy",
            quantity: times(size, copies),
            note: `${copies.toFixed(1)} full ones, at the size of today: an upper bound`,
        },
        {
            tier,
            item: "Snapshots sent to the second region",
            key: "transfer.between-regions",
            quantity: times(size, copied),
            note: `${copied.toFixed(1)} full ones a month`,
        },
        { tier, item: "Encryption keys of the second region", key: "kms.key", quantity: always(keys) },
    ];
}

function rulesOf(graph: Graph): Rule[] {
    return list(inputsOf(graph, "aws:backup/plan:Plan")["rules"]).map((rule) => {
        const { schedule, lifecycle, copyActions } = properties(rule);
        const days = (holder: Parameters<typeof properties>[0]) =>
            Number(properties(properties(holder)["lifecycle"])["deleteAfter"] ?? 0);
        return {
            every: everyDays(text(schedule)),
            kept: Number(properties(lifecycle)["deleteAfter"] ?? 0),
            copyKept: list(copyActions).reduce<number>((sum, copy) => sum + days(copy), 0),
        };
    });
}

/** Days between two runs on average, as months are counted here; a schedule that cannot be read counts as daily. */
function everyDays(schedule: string): number {
    return Math.min(daysBetween(schedule) ?? 1, DAYS);
}
