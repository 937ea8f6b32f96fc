import { Bridge, type Events } from "./bridge";
import { CARETAKERS } from "./contract/names";
import { modelRole } from "./credentials/model-role";
import { CredentialsServer } from "./credentials/server";
import { ResponsesGateway } from "./gateway/responses";
import { Caretaker } from "./kafka/caretaker";
import { KafkaReader } from "./kafka/reader";
import { KafkaWriter } from "./kafka/writer";
import { startTools } from "./mcp/server";
import { HealthServer } from "./operations/health";
import { type Logger, logger } from "./operations/log";
import { Metrics } from "./operations/metrics";
import { AgentCouncils } from "./outbound/councils";
import type { Settings } from "./settings";
import { connect } from "./store/pool";
import { PgStore } from "./store/store";

/** How long the end of the bridge may take, so that it is over before the kubelet loses patience. Unit: ms. */
const END_WITHIN = 20_000;
/** Of that, for calls of tools that still run. Unit: ms. */
const TOOLS_END_WITHIN = 3000;
/** How often is looked how much is not read yet. Unit: ms. */
const LAG_EVERY = 15_000;

/** Agents of each class that take care of what nobody else handles: enough to lose some, and no group of hundreds. */
const CARETAKERS_OF_A_CLASS = 4;

/** A bridge that runs. */
export interface Running {
    readonly log: Logger;
    /** Ends it: what runs is cut off and done again at the next start. */
    stop(): Promise<void>;
}

/** Starts the bridge: health first, so that whoever waits can see what for; then all else, as soon as it is there. */
export async function start(settings: Settings): Promise<Running> {
    const log = logger(settings);
    const metrics = await Metrics.create({ ...settings, log });
    const pool = connect(settings.database, {
        onLost: (error) => log.warn({ reason: error.message }, "a connection to the database is lost"),
    });
    const store = new PgStore(pool);
    const gateway = new ResponsesGateway(settings.gateway);
    const onFault = (where: string) => (error: unknown) => events.fault(where, error);
    const events = eventsOf(log, metrics);
    const bridge = new Bridge({
        agent: settings.agent,
        model: settings.model,
        councils: settings.councils,
        turnsAtOnce: settings.gateway.turnsAtOnce,
        store,
        isAgent: (name) => store.isAgent(name),
        gateway,
        writer: new KafkaWriter(settings.kafka, settings.agent),
        reader: (onRecords) =>
            new KafkaReader(settings.kafka, settings.agent, onRecords, { onFault: onFault("brokers") }),
        caretakers: !takesCare(settings.agent)
            ? undefined
            : (topic, onRecords) =>
                  new Caretaker(
                      settings.kafka,
                      settings.agent,
                      topic,
                      CARETAKERS[topic],
                      onRecords,
                      onFault("caretaking"),
                  ),
        events,
    });
    let lag: Awaited<ReturnType<Bridge["lag"]>> = [];
    const look = setInterval(() => {
        bridge.lag().then((found) => (lag = found), onFault("lag"));
    }, LAG_EVERY);
    metrics.observe({
        sessions: () => bridge.sessions.size,
        lanes: () => bridge.lanes.waiting,
        lag: () => lag,
    });
    // Before health: once that answers, the gateway starts, and asks for them.
    const credentials = await modelCredentials(settings, onFault("credentials"));
    const health = await HealthServer.start({
        port: settings.healthPort,
        missing: () => (bridge.isStarted ? [] : ["brokers and database have not been reached yet"]),
        drain: () => bridge.drain(),
        metrics: (request, response) => metrics.answer(request, response),
    });
    const tell = () => bridge.dispatcher.tell();
    const tools = await startTools({
        settings,
        pool,
        store,
        councils: new AgentCouncils({
            agent: settings.agent,
            model: settings.model,
            sessions: bridge.sessions,
            store,
            reader: bridge.reader,
            tell,
        }),
        tell,
        log,
    });
    log.info({ mcp: settings.mcpPort, health: health.port }, "the bridge has begun");
    const starting = bridge.start().then(() => log.info("brokers and database are reached"));
    starting.catch(onFault("start"));
    return {
        log,
        async stop() {
            clearInterval(look);
            let timer: NodeJS.Timeout | undefined;
            const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, END_WITHIN)));
            // Tools first: a call that comes after the database is let go would fail for no reason.
            const patience = new Promise<void>((resolve) => setTimeout(resolve, TOOLS_END_WITHIN).unref());
            await Promise.race([tools.close().catch(() => undefined), patience]);
            await Promise.race([bridge.stop().catch(() => undefined), late]);
            clearTimeout(timer);
            gateway.close();
            await Promise.allSettled([metrics.close(), health.close(), credentials?.close()]);
            log.info("the bridge has ended");
        },
    };
}

/** What the gateway needs of AWS, where it is to have it from here. */
async function modelCredentials(
    { agent, credentials }: Settings,
    onFault: (error: unknown) => void,
): Promise<CredentialsServer | undefined> {
    if (credentials === undefined) return undefined;
    const { roleArn, region, port } = credentials;
    return CredentialsServer.start({ port, credentials: modelRole(roleArn, agent, region), onFault });
}

/** Counts and logs what happens. Of messages the log names ids, never what they say. */
function eventsOf(log: Logger, metrics: Metrics): Events {
    return {
        read: (topic, latency) => metrics.read(topic, latency),
        turn(result, milliseconds) {
            metrics.turn(result, milliseconds);
            log.debug({ result, milliseconds: Math.round(milliseconds) }, "a turn is over");
        },
        retry(reason, waitMs) {
            metrics.retry();
            log.warn({ reason, waitMs }, "a turn is tried again");
        },
        deadLetter({ topic, partition, offset, key }, reason) {
            metrics.deadLetter(topic);
            log.error(
                { topic, partition, offset: Number(offset), key, reason },
                "a message cannot be handled: it is a dead letter",
            );
        },
        duplicate: (topic) => metrics.duplicate(topic),
        outbox: (age, waiting) => metrics.outbox(age, waiting),
        fault(where, error) {
            log.warn({ where, reason: error instanceof Error ? error.message : String(error) }, "it is tried again");
        },
    };
}

function takesCare(agent: string): boolean {
    return Number(agent.slice(agent.lastIndexOf("-") + 1)) < CARETAKERS_OF_A_CLASS;
}
