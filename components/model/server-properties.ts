/** The settings of the brokers, as the text of a `server.properties` file. */

export type Properties = Readonly<Record<string, string>>;

/** What the settings depend on. */
export interface BrokerSettings {
    /** Copies of each partition, also of Kafka's own topics for offsets and transactions. */
    readonly replicationFactor: number;
    /** Copies that must have a message before it is acknowledged. */
    readonly minInSyncReplicas: number;
    /** Whether a topic can be deleted by anyone at all, the owner's own tools included. */
    readonly topicsDeletable: boolean;
}

/**
 * Every setting that differs from MSK's default, and why. All are on MSK's list of settable properties.
 *
 * Not among them: `allow.everyone.if.no.acl.found`. Kafka's own ACLs do not apply to clients that come with IAM, which
 * are the only ones here; without ACLs for the brokers themselves, `false` locks out more than it protects.
 */
export function brokerProperties(settings: BrokerSettings): Properties {
    const factor = String(settings.replicationFactor);
    const minimum = String(settings.minInSyncReplicas);
    return {
        // A misspelt topic name is an error, not a new topic with one-size settings.
        "auto.create.topics.enable": "false",
        // The default of MSK over two zones is 2, for which no minimum is good: see model/replication.ts.
        "default.replication.factor": factor,
        "min.insync.replicas": minimum,
        // Offsets and transactions are as durable as the messages, or consumers would stop when a zone does.
        "offsets.topic.replication.factor": factor,
        "transaction.state.log.replication.factor": factor,
        "transaction.state.log.min.isr": minimum,
        // A replica that missed acknowledged messages never becomes leader: the partition waits instead.
        "unclean.leader.election.enable": "false",
        // Consumers with `client.rack` read in their own zone: no cost between zones, less latency.
        "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
        // As long as the longest retention of a topic (dead letters): a group that slept neither skips nor repeats.
        "offsets.retention.minutes": String(30 * 24 * 60),
        "delete.topic.enable": String(settings.topicsDeletable),
    };
}

/**
 * One `key=value` a line, sorted by key, with a line feed after each: the same settings are always the same text, so a
 * configuration changes (and brokers restart one by one) only when a setting does.
 */
export function renderProperties(properties: Properties): string {
    return Object.keys(properties)
        .sort()
        .map((key) => `${plain(key, "key")}=${plain(properties[key] ?? "", `value of ${key}`)}\n`)
        .join("");
}

/** Reads what {@link renderProperties} writes, and what people write by hand: blank lines, comments, spaces, colons. */
export function parseProperties(text: string): Properties {
    const properties = new Map<string, string>();
    for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
        const line = raw.trim();
        if (line === "" || line.startsWith("#") || line.startsWith("!")) continue;
        const [, key, value] = /^([^\s=:]+)\s*[=:]\s*(.*)$/.exec(line) ?? [];
        if (key === undefined || value === undefined) {
            throw new SyntaxError(`line ${index + 1} of the broker settings is not key=value: "${line}"`);
        }
        if (properties.has(key)) {
            throw new SyntaxError(`line ${index + 1} of the broker settings sets ${key} a second time`);
        }
        properties.set(key, value);
    }
    return Object.fromEntries(properties);
}

/** Printable ASCII without escapes and, in keys, without separators: all that Kafka's settings need. */
function plain(text: string, what: string): string {
    const allowed = what === "key" ? /^[A-Za-z0-9._-]+$/ : /^(?! )[ -[\]-~]*(?<! )$/;
    if (!allowed.test(text))
        throw new RangeError(`the ${what} cannot stand in broker settings: ${JSON.stringify(text)}`);
    return text;
}
