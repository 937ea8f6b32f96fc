import type { KafkaCluster } from "../brokers";

/** A message as it stands on the brokers, as far as a reader wants to see it. */
export interface Spoken {
    readonly round: number;
    readonly kind: string;
    readonly sender: string;
    readonly text: string;
}

/** What was said on a topic, read with Kafka's own consumer. */
export async function conversation(brokers: KafkaCluster, topic = "council-deliberation"): Promise<Spoken[]> {
    const records = await brokers.read(topic);
    return records.map(({ value }) => spokenIn(JSON.parse(value) as Partial<Message>));
}

interface Message {
    readonly round: number;
    readonly kind: string;
    readonly sender: string;
    readonly payload: Readonly<Record<string, unknown>>;
    readonly reason: string;
}

function spokenIn({ round = 0, kind = "letter", sender = "", payload = {}, reason }: Partial<Message>): Spoken {
    const { question, text, choice, verdict } = payload;
    const words = [choice, verdict, question, text, payload["reason"], reason].filter(
        (each) => typeof each === "string",
    );
    return { round, kind, sender, text: words.join(" – ").replaceAll("\n", " ").slice(0, 160) };
}
