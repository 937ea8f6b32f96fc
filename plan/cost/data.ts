import { instanceMemoryGiB } from "../../components/model/database-memory";
import { ROW_BYTES } from "../../components/model/storage";
import type { Graph } from "../graph";
import { all, inputsOf, properties, text } from "../resources";
import { COMPRESSED, LOGS, ROW_IO, ROWS_OF_ACU } from "./assumptions";
import { backupLines } from "./backups";
import { always, byLoad, DAYS, type Draft, GB, HOURS, tally, times } from "./line";
import { replicaLines, type Replication } from "./replicas";
import { acrossZones, databaseGb, decisionsGb, keptLogs } from "./volumes";

const tier = "data";
const GIB_OF_VCPU = 8;
const SERVERLESS = "db.serverless";
const SECONDS_OF_DAY = 86_400;
/** RDS Proxy bills two processors, or eight capacity units, at least. */
const PROXY_LEAST = { vCpus: 2, acus: 8 } as const;

/** Database, backups, archive and the replicas of agents' state. */
export function dataLines(graph: Graph, replication: Replication): Draft[] {
    return [
        ...(classesOf(graph).includes(SERVERLESS) ? serverless(graph) : provisioned(graph)),
        ...database(graph),
        ...backupLines(graph),
        ...archive(graph),
        ...replicaLines(graph, replication),
    ];
}

/** The class of each instance. */
function classesOf(graph: Graph): string[] {
    return all(graph, "aws:rds/clusterInstance:ClusterInstance").map(({ inputs }) => text(inputs["instanceClass"]));
}

function advancedInsights(graph: Graph): boolean {
    return inputsOf(graph, "aws:rds/cluster:Cluster")["databaseInsightsMode"] === "advanced";
}

function proxies(graph: Graph): number {
    return all(graph, "aws:rds/proxy:Proxy").length;
}

function provisioned(graph: Graph): Draft[] {
    const classes = classesOf(graph);
    const vCpus = classes.reduce((sum, each) => sum + instanceMemoryGiB(each) / GIB_OF_VCPU, 0);
    return [
        ...tally(classes).map(([name, count]): Draft => ({
            tier,
            item: `Database instances, ${name}`,
            key: name.replace(/^db\./, "aurora."),
            quantity: always(count * HOURS),
            note: `${count} instances`,
        })),
        {
            tier,
            item: "Database proxy",
            key: "rds-proxy.vcpu",
            quantity: always(proxies(graph) * Math.max(PROXY_LEAST.vCpus, vCpus) * HOURS),
            note: `${vCpus} processors of the instances behind it`,
        },
        {
            tier,
            item: "Database Insights, advanced",
            key: "aurora.insights-advanced",
            quantity: always(advancedInsights(graph) ? vCpus * HOURS : 0),
        },
    ];
}

/** Capacity follows the rows that are written, between its limits; readers that may take over follow the writer. */
function serverless(graph: Graph): Draft[] {
    const { settings } = graph;
    const scaling = properties(inputsOf(graph, "aws:rds/cluster:Cluster")["serverlessv2ScalingConfiguration"]);
    const least = Number(scaling["minCapacity"] ?? 0);
    const most = Number(scaling["maxCapacity"] ?? 0);
    const instances = classesOf(graph).length;
    const { decisions, auditEntries, memories } = settings.load.perInteraction;
    const hours = (atLeast: number) =>
        byLoad(settings, (perDay) => {
            const rows = (perDay * (decisions + auditEntries + memories)) / SECONDS_OF_DAY;
            const units = Math.min(most, Math.max(least, rows / ROWS_OF_ACU)) * instances;
            return Math.max(atLeast, units) * HOURS;
        });
    return [
        {
            tier,
            item: `Database, serverless ${least} to ${most} ACU`,
            key: "aurora.acu",
            quantity: hours(0),
            note: `${instances} ${instances === 1 ? "instance" : "instances"}; the day's average load, ${ROWS_OF_ACU} rows a second for each ACU`,
        },
        {
            tier,
            item: "Database proxy",
            key: "rds-proxy.acu",
            quantity: times(hours(PROXY_LEAST.acus), proxies(graph)),
            note: `${PROXY_LEAST.acus} ACU at least`,
        },
        {
            tier,
            item: "Database Insights, advanced",
            key: "aurora.insights-advanced-acu",
            quantity: times(hours(0), advancedInsights(graph) ? 1 : 0),
        },
    ];
}

function database(graph: Graph): Draft[] {
    const { settings } = graph;
    const { decisions, auditEntries, memories } = settings.load.perInteraction;
    const cluster = inputsOf(graph, "aws:rds/cluster:Cluster");
    const days = settings.retention.decisionLogDays;
    const requests = decisions * ROW_IO.decision + auditEntries * ROW_IO.audit + memories * ROW_IO.memory;
    const bytes = decisions * ROW_BYTES.decision + auditEntries * ROW_BYTES.audit + memories * ROW_BYTES.memory;
    const logs = always(classesOf(graph).length * LOGS.databaseInstance + proxies(graph) * LOGS.proxy);
    const zones = settings.network.zones.length;
    return [
        {
            tier,
            item: "Database storage",
            key: "aurora.storage",
            quantity: databaseGb(settings),
            note: `decisions and audit entries of ${days} days, memories of 12 months, which stay`,
        },
        {
            tier,
            item: "Database I/O",
            key: "aurora.io",
            quantity: byLoad(settings, (perDay) => (perDay * DAYS * requests) / 1e6),
            note: "for each row its pages, those of its indexes, and as many read again (planning figures)",
        },
        {
            tier,
            item: "Database traffic between zones",
            key: "transfer.between-zones",
            quantity: byLoad(settings, (perDay) => ((perDay * DAYS * bytes) / GB) * acrossZones(zones) * 2),
            note: "rows to the writer, billed on both sides",
        },
        {
            tier,
            item: "Master secret",
            key: "secrets.secret",
            quantity: always(cluster["manageMasterUserPassword"] === true ? 1 : 0),
        },
        {
            tier,
            item: "Logs of the database taken in",
            key: "logs.ingested",
            quantity: logs,
            note: `${LOGS.databaseInstance} GB an instance, ${LOGS.proxy} GB a proxy (planning figures)`,
        },
        { ...keptLogs(graph, tier, /^\/aws\/rds\/cluster\//, logs), item: "Logs of the database kept" },
    ];
}

function archive(graph: Graph): Draft[] {
    const { settings } = graph;
    const decisions = decisionsGb(settings);
    const stream = inputsOf(graph, "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream");
    const target = properties(stream["extendedS3Configuration"]);
    const seconds = Number(target["bufferingInterval"] ?? 300);
    const lock = properties(
        properties(inputsOf(graph, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")["rule"])[
            "defaultRetention"
        ],
    );
    const days = Number(lock["days"] ?? 0);
    const perInteraction = settings.load.perInteraction.decisions;
    return [
        {
            tier,
            item: "Delivery into the archive",
            key: "firehose.msk",
            quantity: decisions,
            note: "decisions before they are compressed",
        },
        {
            tier,
            item: "Files written to the archive",
            key: "s3.write",
            quantity: byLoad(
                settings,
                (perDay) => Math.min((HOURS * 3600) / seconds, perDay * DAYS * perInteraction) / 1000,
            ),
            note: `one in ${seconds} s at most`,
        },
        {
            tier,
            item: "Decision archive",
            key: "s3.standard",
            quantity: times(decisions, (days / DAYS) * COMPRESSED),
            note: `locked ${days} days, compressed to a fifth; the move to a cheaper class is not counted, as S3 leaves files below 128 KB where they are`,
        },
    ];
}
