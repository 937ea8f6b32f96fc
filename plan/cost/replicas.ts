import { parse } from "yaml";
import { z } from "zod";
import type { ByLoad } from "../document/schema";
import type { Graph } from "../graph";
import { all, list, properties, text } from "../resources";
import { ACCESS_LOG_LINE, LISTS_OF_LOOK, SNAPSHOT_OF_VOLUME } from "./assumptions";
import { always, byLoad, DAYS, type Draft, GB, HOURS, plus, times } from "./line";
import { type AgentSet, agentSetsOf } from "./volumes";

const tier = "data";
const SECONDS_OF_MONTH = HOURS * 3600;
const SECONDS_OF_DAY = 86_400;

/** What Litestream is told (components/compute/agents/litestream-config.ts), as far as it costs money. */
const configuration = z.object({
    levels: z.array(z.object({ interval: z.string() })),
    "l0-retention-check-interval": z.string(),
    snapshot: z.object({ interval: z.string(), retention: z.string() }),
    dbs: z.array(z.object({ path: z.string(), replica: z.object({ "sync-interval": z.string() }) })),
});

type Configuration = z.infer<typeof configuration>;
/** Configurations by their text. */
type Known = Map<string, Configuration | undefined>;

/** Requests and bytes of all agents' replicas in a month. */
export interface Replication {
    /** Objects written: uploads of changes, files joined, snapshots. Unit: requests. */
    readonly writes: ByLoad;
    readonly lists: ByLoad;
    /** Each upload is read once, to be joined with others. Unit: requests. */
    readonly reads: ByLoad;
    /** Changes at every level. Unit: GB. */
    readonly writtenGb: ByLoad;
    readonly readGb: ByLoad;
    /** Snapshots that exist at a time, old versions included. Unit: GB. */
    readonly snapshotsGb: number;
    /** Changes that exist at a time, old versions included. Unit: GB. */
    readonly changesGb: ByLoad;
    /** Classes whose replication could not be read: their requests are in no line. */
    readonly unread: readonly string[];
}

const NOTHING: Replication = {
    writes: always(0),
    lists: always(0),
    reads: always(0),
    writtenGb: always(0),
    readGb: always(0),
    snapshotsGb: 0,
    changesGb: always(0),
    unread: [],
};

/**
 * The replication of all agents. An upload happens at most once in a sync interval, and only when something changed in it. Interactions
 * come to an agent by chance, and its databases change for as long as it is at work: of the intervals, those are touched in
 * which one begins, or began no longer ago than it takes. With a rate r and a duration d that is 1 - e^(-r (d + interval)).
 */
export function replicationOf(graph: Graph): Replication {
    const sets = agentSetsOf(graph);
    const agents = sets.reduce((sum, each) => sum + each.agents, 0);
    const known: Known = new Map();
    return sets.reduce(
        (sum, set) => add(sum, replicationOfClass(graph, set, agents, configurationOf(graph, set, known))),
        NOTHING,
    );
}

function replicationOfClass(graph: Graph, set: AgentSet, allAgents: number, config?: Configuration): Replication {
    if (config === undefined) return { ...NOTHING, unread: [set.resource.name] };
    if (set.agents === 0) return NOTHING;
    const { settings } = graph;
    const { seconds, stateBytes } = settings.load.perInteraction;
    /** How many of the month's intervals something changes in, for one database. */
    const touched = (interval: number) =>
        byLoad(settings, (perDay) => {
            const rate = stateBytes === 0 ? 0 : perDay / SECONDS_OF_DAY / allAgents;
            return (SECONDS_OF_MONTH / interval) * (1 - Math.exp(-rate * (seconds + interval)));
        });
    const levels = config.levels.map(({ interval }) => secondsOf(interval));
    const snapshots = SECONDS_OF_MONTH / secondsOf(config.snapshot.interval);
    const archive = archiveOf(set);
    const uploads = config.dbs
        .map(({ path, replica }) => Math.max(secondsOf(replica["sync-interval"]), archive.get(path) ?? 0))
        .map(touched)
        .reduce(plus, always(0));
    const joined = times(levels.map(touched).reduce(plus, always(0)), config.dbs.length);
    const looks =
        levels.reduce((sum, interval) => sum + SECONDS_OF_MONTH / interval, 0) +
        SECONDS_OF_MONTH / secondsOf(config["l0-retention-check-interval"]) +
        snapshots;
    const written = byLoad(settings, (perDay) => (perDay * stateBytes * DAYS * set.agents) / allAgents / GB);
    const daysKept = oldVersionsDays(graph) + secondsOf(config.snapshot.retention) / SECONDS_OF_DAY;
    return {
        writes: times([joined, always(config.dbs.length * snapshots)].reduce(plus, uploads), set.agents),
        lists: always(set.agents * config.dbs.length * looks * LISTS_OF_LOOK),
        reads: times(plus(uploads, joined), set.agents),
        writtenGb: times(written, levels.length + 1),
        readGb: times(written, levels.length),
        snapshotsGb:
            set.agents *
            set.volumeGb *
            SNAPSHOT_OF_VOLUME *
            daysKept *
            (SECONDS_OF_DAY / secondsOf(config.snapshot.interval)),
        changesGb: times(written, ((levels.length + 1) * daysKept) / DAYS),
        unread: [],
    };
}

/** Requests and storage of the replicas, and of the log of those requests. */
export function replicaLines(graph: Graph, replication: Replication): Draft[] {
    const { writes, lists, reads, snapshotsGb, changesGb } = replication;
    const versions = oldVersionsDays(graph);
    // The replicator deletes what it has joined, and S3 logs that as well, object by object.
    const logged = [writes, lists, reads, writes].reduce(plus);
    const days = daysOf(graph, "archive-access-logs-lifecycle", "expiration", "days");
    return [
        {
            tier,
            item: "Uploads of agents' replicas",
            key: "s3.write",
            quantity: times(writes, 1 / 1000),
            note: "at most one in a sync interval for each database, and only if something changed in it",
        },
        {
            tier,
            item: "Lists for joining replicas",
            key: "s3.write",
            quantity: times(lists, 1 / 1000),
            note: "at rest as well: the replicator looks for something to join (measured, docs/cost.md)",
        },
        {
            tier,
            item: "Reads for joining replicas",
            key: "s3.read",
            quantity: times(reads, 1 / 1000),
            note: "each upload once",
        },
        {
            tier,
            item: "Changes in agents' replicas",
            key: "s3.standard",
            quantity: changesGb,
            note: `at every level, old versions of ${versions} days included`,
        },
        {
            tier,
            item: "Snapshots in agents' replicas",
            key: "s3.standard",
            quantity: always(snapshotsGb),
            note: `daily ones, old versions of ${versions} days included; ${SNAPSHOT_OF_VOLUME * 100} % of a volume each (planning figure)`,
        },
        {
            tier,
            item: "Access logs of the replicas' bucket",
            key: "s3.standard",
            quantity: times(logged, (ACCESS_LOG_LINE * days) / DAYS / GB),
            note: `a line for each request, kept ${days} days`,
        },
    ];
}

function configurationOf(graph: Graph, { resource }: AgentSet, known: Known): Configuration | undefined {
    const file = all(graph, "kubernetes:core/v1:ConfigMap")
        .filter(({ parent }) => parent === resource.parent)
        .map(({ inputs }) => properties(inputs["data"])["litestream.yml"])
        .find((each) => each !== undefined);
    if (file === undefined) return undefined;
    // Where replicas lie is all that classes differ in: without it, most are read once for all classes.
    const text = String(file).replace(/^( +path: )agents-.*$/gm, "$1agents");
    const found = known.get(text) ?? configuration.safeParse(parse(text)).data;
    known.set(text, found);
    return found;
}

/** The database of an agent's files changes at most as often as a sidecar looks at them: its path, and the seconds between. */
function archiveOf({ resource }: AgentSet): ReadonlyMap<string, number> {
    const pod = properties(properties(properties(resource.inputs["spec"])["template"])["spec"]);
    const found = new Map<string, number>();
    for (const container of list(pod["initContainers"]).map(properties)) {
        const environment = new Map(
            list(container["env"])
                .map(properties)
                .map(({ name, value }) => [text(name), text(value)]),
        );
        const path = environment.get("ARCHIVE");
        const seconds = Number(environment.get("ARCHIVE_SECONDS"));
        if (path !== undefined && seconds > 0) found.set(path, seconds);
    }
    return found;
}

function oldVersionsDays(graph: Graph): number {
    return daysOf(graph, "state-lifecycle", "noncurrentVersionExpiration", "noncurrentDays");
}

function daysOf(graph: Graph, name: string, rule: string, key: string): number {
    const lifecycle = all(graph, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").find(
        (each) => each.name === name,
    );
    const days = list(lifecycle?.inputs["rules"])
        .map((each) => properties(properties(each)[rule])[key])
        .find((each) => each !== undefined);
    return Number(days ?? 0);
}

/** Seconds of a duration as Go writes it, of one unit. */
function secondsOf(duration: string): number {
    const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([smh])$/.exec(duration) ?? [];
    const seconds = { s: 1, m: 60, h: 3600 }[unit];
    if (number === undefined || seconds === undefined) throw new Error(`Litestream's "${duration}" is no duration`);
    return Number(number) * seconds;
}

function add(one: Replication, other: Replication): Replication {
    return {
        writes: plus(one.writes, other.writes),
        lists: plus(one.lists, other.lists),
        reads: plus(one.reads, other.reads),
        writtenGb: plus(one.writtenGb, other.writtenGb),
        readGb: plus(one.readGb, other.readGb),
        snapshotsGb: one.snapshotsGb + other.snapshotsGb,
        changesGb: plus(one.changesGb, other.changesGb),
        unread: [...one.unread, ...other.unread],
    };
}
