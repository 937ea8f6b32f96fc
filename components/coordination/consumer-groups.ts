import type { TopicKey } from "./topics";

/**
 * Consumer groups of the bridges, and what each reads. A bridge reads what is for its agent by itself, with no group: a group of
 * hundreds would stop all of them whenever one restarts. These two only look after the log, once for all: what is by no contract, or
 * for nobody, goes to the dead letters. So their lag delays no message; that it grows means that nobody looks.
 */
export const CONSUMER_GROUPS: readonly { readonly group: string; readonly topic: TopicKey }[] = [
    { group: "openclaw-council", topic: "councilDeliberation" },
    { group: "openclaw-messages", topic: "agentMessages" },
];
