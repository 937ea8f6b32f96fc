import { parseProperties, type Properties } from "../../../components/model/server-properties";
import { json, numberAt, type Shelf, textAt, textsAt } from "../read";
import { zonesOf } from "./network";

/** Settings that decide what becomes of messages when a broker goes. */
export interface Copies {
    readonly name: string;
    readonly partitions?: number;
    /** Copies of each partition. */
    readonly factor?: number;
    /** Copies that must have a message before it is acknowledged. */
    readonly minInSync?: number;
    /** Whether a copy that missed messages may take over. */
    readonly unclean?: boolean;
    /** Whether it is Kafka's own and not one of the platform's. */
    readonly internal: boolean;
}

export interface Brokers {
    readonly name: string;
    readonly count?: number;
    /** In the order in which brokers are dealt out to them. */
    readonly zones: readonly string[];
    readonly topics: readonly Copies[];
}

/** Kafka's own topics, and the settings that they are made with. */
const INTERNAL = [
    { name: "consumers' positions", factor: "offsets.topic.replication.factor", minimum: "min.insync.replicas" },
    {
        name: "transactions",
        factor: "transaction.state.log.replication.factor",
        minimum: "transaction.state.log.min.isr",
    },
] as const;

export function brokersOf(shelf: Shelf): Brokers | undefined {
    const cluster = shelf.all("aws:msk/cluster:Cluster")[0]?.inputs;
    if (cluster === undefined) return undefined;
    const configuration = shelf
        .all("aws:msk/configuration:Configuration")
        .find(({ outputs }) => textAt(outputs, "arn") === textAt(cluster, "configurationInfo.arn"));
    const settings = settingsOf(textAt(configuration?.inputs, "serverProperties"));
    const topics = shelf.all("aws:msk/topic:Topic").map(({ inputs }): Copies => {
        const own = json(textAt(inputs, "configs"));
        const unclean = textAt(own, ["unclean.leader.election.enable"]) ?? settings["unclean.leader.election.enable"];
        return {
            name: textAt(inputs, "name") ?? "?",
            partitions: numberAt(inputs, "partitionCount"),
            factor: numberAt(inputs, "replicationFactor"),
            minInSync: numberAt(own, ["min.insync.replicas"]) ?? numberAt({ ...settings }, ["min.insync.replicas"]),
            unclean: unclean === undefined ? undefined : unclean !== "false",
            internal: false,
        };
    });
    const internal = INTERNAL.map(({ name, factor, minimum }): Copies => ({
        name,
        factor: numberAt({ ...settings }, [factor]),
        minInSync: numberAt({ ...settings }, [minimum]),
        unclean: settings["unclean.leader.election.enable"] !== "false",
        internal: true,
    }));
    return {
        name: textAt(cluster, "clusterName") ?? "?",
        count: numberAt(cluster, "numberOfBrokerNodes"),
        zones: zonesOf(shelf, textsAt(cluster, "brokerNodeGroupInfo.clientSubnets")),
        topics: topics.length === 0 ? [] : [...topics, ...internal],
    };
}

function settingsOf(text: string | undefined): Properties {
    try {
        return parseProperties(text ?? "");
    } catch {
        return {};
    }
}
