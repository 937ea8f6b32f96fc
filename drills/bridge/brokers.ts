import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { execute, run } from "../components/cache";
import { kafka } from "../components/kafka";
import { endWithUs, freePorts } from "../components/processes";
import { Broken, PATIENCE_SECONDS, until } from "../components/report";

const CLUSTER_ID = "openclaw-drill-cluster";
/** 16 bytes in base64, as Kafka's storage tool wants it. */
const ID = Buffer.from(CLUSTER_ID.slice(0, 16)).toString("base64url");

/** The platform's topics (`components/coordination/topics.ts`), with fewer partitions. */
const TOPICS = {
    "council-deliberation": { "message.timestamp.type": "LogAppendTime" },
    "agent-messages": { "message.timestamp.type": "CreateTime" },
    decisions: { "message.timestamp.type": "LogAppendTime" },
    "audit-events": { "message.timestamp.type": "LogAppendTime" },
    "dead-letters": { "message.timestamp.type": "LogAppendTime", "max.message.bytes": String(2 * 1024 * 1024) },
} as const;

/** Topics that agents' messages go by. */
const BUSY = new Set(["council-deliberation", "agent-messages"]);

export interface ClusterOptions {
    readonly folder: string;
    /** Address of each broker; default: three on loopback. */
    readonly hosts?: readonly string[];
    /** Zone of each broker. */
    readonly racks?: readonly string[];
    /** Partitions of the topics of councils and messages; the others have a quarter (default: 12). */
    readonly partitions?: number;
    /** What a broker's process is started with, e.g. to enter a network of its own. */
    readonly enter?: (broker: number) => readonly string[];
    /** Where clients reach a broker, when that is not where it listens. */
    readonly advertised?: (broker: number, port: number) => string;
    /**
     * Whether brokers run for long enough to be compiled well, which takes a minute of a processor for each (default: false, which
     * is twice as fast in the first minute and half as fast after two).
     */
    readonly isLongLived?: boolean;
    /** Megabytes of a broker's heap (default: 320). */
    readonly heapMiB?: number;
}

/** Without it a broker writes no log, and yet composes each line of its debugging: half of its processor time. */
const LOGGING = `log4j.rootLogger=WARN, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=[%d] %p %m (%c)%n
`;

/** A record as Kafka's own consumer prints it. */
export interface ReadRecord {
    readonly partition: number;
    readonly offset: number;
    readonly timestamp: number;
    readonly key: string;
    readonly value: string;
}

interface Broker {
    readonly id: number;
    readonly host: string;
    readonly port: number;
    readonly controllerPort: number;
    readonly file: string;
    child: ChildProcess | undefined;
    ended: Promise<void> | undefined;
}

/** Three brokers of Kafka (KRaft, each a controller as well), with the platform's topics and its settings of replication. */
export class KafkaCluster {
    readonly #brokers: readonly Broker[];

    private constructor(
        private readonly options: ClusterOptions,
        private readonly libs: string,
        hosts: readonly string[],
        ports: readonly number[],
    ) {
        this.#brokers = hosts.map((host, index) => ({
            id: index + 1,
            host,
            port: ports[2 * index] ?? 0,
            controllerPort: ports[2 * index + 1] ?? 0,
            file: join(options.folder, `broker-${index + 1}.properties`),
            child: undefined,
            ended: undefined,
        }));
    }

    static async start(options: ClusterOptions): Promise<KafkaCluster> {
        const hosts = options.hosts ?? ["127.0.0.1", "127.0.0.1", "127.0.0.1"];
        const cluster = new KafkaCluster(options, await kafka(), hosts, await freePorts(hosts.length * 2));
        mkdirSync(options.folder, { recursive: true });
        writeFileSync(cluster.#logging, LOGGING);
        for (const broker of cluster.#brokers) writeFileSync(broker.file, cluster.#properties(broker));
        for (const { file } of cluster.#brokers) {
            await cluster.#tool("kafka.tools.StorageTool", ["format", "-t", ID, "-c", file]);
        }
        for (const { id } of cluster.#brokers) cluster.restart(id);
        await cluster.whole();
        await cluster.#createTopics();
        return cluster;
    }

    /** Where clients begin, with commas between. */
    get bootstrap(): string {
        return this.addresses.join(",");
    }

    /** Where each broker is reached, as clients are told. */
    get addresses(): string[] {
        return this.#brokers.map((broker) => this.#advertised(broker));
    }

    /** Numbers of the brokers. */
    get ids(): number[] {
        return this.#brokers.map(({ id }) => id);
    }

    /** Ends a broker as a power cut would. */
    kill(id: number): void {
        this.#broker(id).child?.kill("SIGKILL");
    }

    /** Ends a broker as an update does: it hands its partitions over first. */
    async end(id: number): Promise<void> {
        const broker = this.#broker(id);
        broker.child?.kill("SIGTERM");
        await broker.ended;
    }

    /** Lets a broker stand still, with its connections open. */
    pause(id: number): void {
        this.#broker(id).child?.kill("SIGSTOP");
    }

    resume(id: number): void {
        this.#broker(id).child?.kill("SIGCONT");
    }

    /**
     * Starts a broker that has ended, behind all else that runs here, until it is in sync: on the platform it has a machine of its
     * own, and its start takes nobody's processor.
     */
    async returnGently(id: number): Promise<void> {
        this.restart(id, BEHIND);
        await this.whole(BEHIND);
        const pid = this.pid(id);
        for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(Number(thread), 0);
    }

    /** Starts a broker that has ended. */
    restart(id: number, by: readonly string[] = []): void {
        const broker = this.#broker(id);
        const log = openSync(join(this.options.folder, `broker-${id}.log`), "a");
        const [command = "java", ...before] = [...(this.options.enter?.(id) ?? []), ...by, "java"];
        const child = spawn(command, [...before, ...this.#flags(), "kafka.Kafka", broker.file], {
            cwd: this.options.folder,
            stdio: ["ignore", log, log],
        });
        closeSync(log);
        endWithUs(child);
        broker.child = child;
        broker.ended = new Promise((resolve) => child.once("close", () => resolve()));
    }

    /** Whether a broker's process runs. */
    isRunning(id: number): boolean {
        const { child } = this.#broker(id);
        return child !== undefined && child.exitCode === null && child.signalCode === null;
    }

    /** Process of a broker that runs. */
    pid(id: number): number {
        const pid = this.#broker(id).child?.pid;
        if (pid === undefined || !this.isRunning(id)) throw new Broken(`broker ${id} does not run`);
        return pid;
    }

    /** Number of the controller; undefined while there is none. */
    async controller(): Promise<number | undefined> {
        const controllers = ["--bootstrap-controller", this.#brokers.map((each) => this.#controller(each)).join(",")];
        const { output } = await this.#execute("org.apache.kafka.tools.MetadataQuorumCommand", [
            ...controllers,
            "describe",
            "--status",
        ]);
        const id = Number(/LeaderId:\s+(\d+)/.exec(output)?.[1] ?? 0);
        return id > 0 ? id : undefined;
    }

    /** Waits until all brokers are there and every replica is in sync. */
    async whole(by: readonly string[] = []): Promise<void> {
        await until("brokers in sync", PATIENCE_SECONDS, async () => {
            const args = ["--bootstrap-server", this.bootstrap, "--describe", "--under-replicated-partitions"];
            const { code, output, said } = await this.#execute("org.apache.kafka.tools.TopicCommand", args, 20, by);
            if (code !== 0) return `${(said || output).trim().slice(-300)}\n${this.#lastWords()}`;
            return output.trim() === "" ? "" : `${output.trim().split("\n").length} partitions are not in sync`;
        });
    }

    /** Lets every broker lead its share again. One that was away leads nothing when it is back; by itself that changes after minutes. */
    async rebalance(): Promise<void> {
        await this.#tool("org.apache.kafka.tools.LeaderElectionCommand", [
            ...["--bootstrap-server", this.bootstrap, "--election-type", "preferred", "--all-topic-partitions"],
        ]);
    }

    /** Everything that stands on a topic, partition by partition, read with Kafka's own consumer. */
    async read(topic: string, idleMs = 4000): Promise<ReadRecord[]> {
        const properties = ["partition", "offset", "timestamp", "key"].flatMap((each) => [
            "--property",
            `print.${each}=true`,
        ]);
        const { output } = await this.#execute(
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            [
                ...["--bootstrap-server", this.bootstrap, "--topic", topic, "--from-beginning"],
                ...["--timeout-ms", String(idleMs), ...properties, "--property", "key.separator=\t"],
            ],
            300,
        );
        return output
            .split("\n")
            .filter((line) => /^(CreateTime|LogAppendTime):/.test(line))
            .map((line) => {
                const [timestamp = "", partition = "", offset = "", key = "", ...value] = line.split("\t");
                return {
                    timestamp: Number(timestamp.split(":")[1]),
                    partition: Number(partition.split(":")[1]),
                    offset: Number(offset.split(":")[1]),
                    key,
                    value: value.join("\t"),
                };
            })
            .sort((a, b) => a.partition - b.partition || a.offset - b.offset);
    }

    /** Writes records, key and value each, with Kafka's own producer. */
    async produce(topic: string, records: readonly (readonly [key: string, value: string])[]): Promise<void> {
        const input = join(this.options.folder, "produce.txt");
        writeFileSync(input, records.map(([key, value]) => `${key}\t${value}\n`).join(""));
        const producer = [...TOOL_FLAGS, "-cp", join(this.libs, "*"), "kafka.tools.ConsoleProducer"];
        const to = ["--bootstrap-server", this.bootstrap, "--topic", topic, "--producer-property", "acks=all"];
        const properties = ["--property", "parse.key=true", "--property", "key.separator=\t"];
        await run(
            "/bin/sh",
            ["-c", 'input=$1; shift; exec java "$@" < "$input"', "sh", input, ...producer, ...to, ...properties],
            {
                limitSeconds: 120,
            },
        );
    }

    async stop(): Promise<void> {
        for (const { child } of this.#brokers) child?.kill("SIGKILL");
        await Promise.all(this.#brokers.map(({ ended }) => ended));
    }

    async #createTopics(): Promise<void> {
        const { partitions = 12 } = this.options;
        for (const [name, settings] of Object.entries(TOPICS)) {
            const config = Object.entries(settings).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
            await this.#tool("org.apache.kafka.tools.TopicCommand", [
                ...["--bootstrap-server", this.bootstrap, "--create", "--topic", name],
                ...[
                    "--partitions",
                    String(BUSY.has(name) ? partitions : Math.ceil(partitions / 4)),
                    "--replication-factor",
                    String(this.#brokers.length),
                    ...config,
                ],
            ]);
        }
    }

    #properties(broker: Broker): string {
        const { id, host, port, controllerPort } = broker;
        const voters = this.#brokers.map((each) => `${each.id}@${this.#controller(each)}`).join(",");
        const rack = this.options.racks?.[id - 1];
        return Object.entries({
            "process.roles": "broker,controller",
            "node.id": id,
            "controller.quorum.voters": voters,
            listeners: `PLAINTEXT://${host}:${port},CONTROLLER://${host}:${controllerPort}`,
            "advertised.listeners": `PLAINTEXT://${this.#advertised(broker)}`,
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": join(this.options.folder, `broker-${id}`),
            ...(rack !== undefined && { "broker.rack": rack }),
            // As the platform sets them (components/coordination/brokers.ts), for three brokers.
            "default.replication.factor": this.#brokers.length,
            "min.insync.replicas": 2,
            "unclean.leader.election.enable": false,
            "auto.create.topics.enable": false,
            "offsets.topic.replication.factor": this.#brokers.length,
            "transaction.state.log.replication.factor": this.#brokers.length,
            "transaction.state.log.min.isr": 2,
            "offsets.topic.num.partitions": 5,
            "message.max.bytes": 2 * 1024 * 1024,
            "group.initial.rebalance.delay.ms": 500,
            // Three brokers share a drill's machine: more threads would only take turns.
            "num.network.threads": 1,
            "num.io.threads": 2,
            // A drill has no hour to wait for a broker that does not answer.
            "broker.session.timeout.ms": 6000,
            "replica.lag.time.max.ms": 10_000,
        })
            .map(([name, value]) => `${name}=${String(value)}\n`)
            .join("");
    }

    #advertised({ id, host, port }: Broker): string {
        return this.options.advertised?.(id, port) ?? `${host}:${port}`;
    }

    #controller({ host, controllerPort }: Broker): string {
        return `${host}:${controllerPort}`;
    }

    #flags(heap = this.options.heapMiB ?? 320): string[] {
        return [
            ...[`-Xmx${heap}m`, `-Xms${Math.min(heap, 256)}m`, "-XX:+UseSerialGC"],
            ...(this.options.isLongLived === true ? [] : ["-XX:TieredStopAtLevel=1"]),
            `-Dlog4j.configuration=file:${this.#logging}`,
            ...["-cp", join(this.libs, "*")],
        ];
    }

    get #logging(): string {
        return join(this.options.folder, "log4j.properties");
    }

    async #tool(name: string, args: readonly string[]): Promise<string> {
        return run("java", [...TOOL_FLAGS, "-cp", join(this.libs, "*"), name, ...args], { limitSeconds: 120 });
    }

    #execute(name: string, args: readonly string[], limitSeconds = 60, by: readonly string[] = []) {
        const [command = "java", ...before] = [...by, "java"];
        return execute(command, [...before, ...TOOL_FLAGS, "-cp", join(this.libs, "*"), name, ...args], {
            limitSeconds,
        });
    }

    #broker(id: number): Broker {
        const found = this.#brokers.find((broker) => broker.id === id);
        if (found === undefined) throw new Broken(`there is no broker ${id}`);
        return found;
    }

    #lastWords(): string {
        return this.#brokers
            .filter(({ id }) => !this.isRunning(id))
            .map(({ id }) => readFileSync(join(this.options.folder, `broker-${id}.log`), "utf8").slice(-1000))
            .join("\n");
    }
}

/** Runs what follows when nothing else wants a processor. */
const BEHIND = ["nice", "-n", "15"] as const;

/** A tool runs for a second: compiling it well would take longer. */
const TOOL_FLAGS = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] as const;
