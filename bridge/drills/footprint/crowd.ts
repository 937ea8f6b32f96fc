import { subscribe } from "node:diagnostics_channel";
import { TOPICS } from "../../src/contract/names";
import { KafkaReader } from "../../src/kafka/reader";
import { KafkaWriter } from "../../src/kafka/writer";

/*
 * Many readers and writers in one process, each pair as the bridge of one agent has it: it follows the agent's inbox and some
 * sessions, has written once, and then has nothing to do.
 */

export interface CrowdOrder {
    readonly agents: readonly string[];
    readonly brokers: readonly string[];
    /** Sessions that each follows. */
    readonly sessions: number;
    /** How long brokers hold a request that they have nothing for. Unit: ms. */
    readonly holdMs: number;
    /** New agents a second. */
    readonly pace: number;
}

export type CrowdWord =
    | { readonly word: "open"; readonly faults: readonly string[] }
    /** Requests for records since the start. */
    | { readonly word: "asked"; readonly fetches: number };

let fetches = 0;
const faults = new Set<string>();

function tell(word: CrowdWord): void {
    process.send?.(word);
}

async function join(name: string, { brokers, sessions, holdMs }: CrowdOrder): Promise<void> {
    const settings = { brokers, auth: "none" as const, region: undefined };
    const onFault = (error: unknown) => void faults.add(error instanceof Error ? error.message : String(error));
    const reader = new KafkaReader(settings, name, () => Promise.resolve(), { onFault, holdMs });
    const followed = Array.from({ length: sessions }, (_, index) => [TOPICS.council, `${name}-${index}`] as const);
    for (const [topic, key] of [[TOPICS.messages, name] as const, ...followed]) {
        const place = { topic, partition: await reader.partitionOf(topic, key) };
        reader.follow(place, await reader.endOf(place));
    }
    // To nobody's partition: it is there to be connected.
    await new KafkaWriter(settings, name).send([{ topic: TOPICS.audit, key: name, value: "{}" }]);
}

async function open(order: CrowdOrder): Promise<void> {
    // As a fleet whose pods start one after the other, and as brokers with IAM would have it.
    const joining: Promise<void>[] = [];
    for (const name of order.agents) {
        joining.push(join(name, order));
        await new Promise((resolve) => setTimeout(resolve, 1000 / order.pace));
    }
    await Promise.all(joining);
    tell({ word: "open", faults: [...faults] });
}

subscribe("tracing:plt:kafka:consumer:fetches:start", () => (fetches += 1));
process.on("message", (order: CrowdOrder | "asked") => {
    if (order === "asked") tell({ word: "asked", fetches });
    else void open(order);
});
process.on("disconnect", () => process.exit(0));
