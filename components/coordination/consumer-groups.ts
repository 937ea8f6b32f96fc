import type { TopicKey } from "./topics";

/**
 * Consumer groups of the bridges, and what each reads. Shared by all agents, so that a partition is read by one bridge at a
 * time and the lag of a group is the lag of the platform.
 */
export const CONSUMER_GROUPS: readonly { readonly group: string; readonly topic: TopicKey }[] = [
    { group: "openclaw-council", topic: "councilDeliberation" },
    { group: "openclaw-messages", topic: "agentMessages" },
    { group: "openclaw-decision-log", topic: "decisions" },
    { group: "openclaw-audit-trail", topic: "auditEvents" },
];
