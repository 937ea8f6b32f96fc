import { parseProperties } from "../../../components/model/server-properties";
import type { Resource } from "../../engine/resource";
import { Reader } from "../../engine/value";

export const MSK_CLUSTER = "aws:msk/cluster:Cluster";
export const MSK_CONFIGURATION = "aws:msk/configuration:Configuration";
export const MSK_TOPIC = "aws:msk/topic:Topic";

/** How brokers are spread; undefined where the cluster does not say. */
export interface Spread {
    readonly brokers: number;
    /** Stand-ins for the zones, one a subnet: their names are known only where the subnets are. */
    readonly zones: readonly string[];
}

export function spreadOf({ props }: Resource): Spread | undefined {
    const brokers = props.number("numberOfBrokerNodes");
    const subnets = props.list("brokerNodeGroupInfo.clientSubnets").length;
    if (brokers === undefined || subnets === 0) return undefined;
    return { brokers, zones: Array.from({ length: subnets }, (_, index) => `zone ${index + 1}`) };
}

/** The settings of the brokers, `key=value` a line; none where the text cannot be read. */
export function brokerSettings({ props }: Resource): Reader {
    const text = props.text("serverProperties");
    if (text === undefined) return new Reader(undefined);
    try {
        return new Reader(dotless(parseProperties(text)));
    } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        return new Reader(undefined);
    }
}

/** The settings of a topic, JSON in text. */
export function topicSettings({ props }: Resource): Reader {
    const settings = props.json("configs").raw();
    if (typeof settings !== "object" || settings === null) return new Reader(undefined);
    return new Reader(
        dotless(Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]))),
    );
}

/** Kafka's own name of a setting as a path of one step: names hold dots, and so do paths. */
export function setting(name: string): string {
    return name.replaceAll(".", "-");
}

function dotless(settings: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(settings).map(([name, value]) => [setting(name), value]));
}
