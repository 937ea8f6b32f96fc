/**
 * What the platform promises and what breaks while it runs. The eighth promise, that a change which would break one of
 * these is refused, is kept in the pull request and has no metric.
 */
export const PROMISES = {
    1: { slug: "isolation", text: "every agent runs on its own, with its own limits and state" },
    2: { slug: "growth", text: "capacity grows by adding pods" },
    3: { slug: "messages", text: "messages arrive in order, at least once, within the latency objective" },
    4: { slug: "durability", text: "state is durable, backed up, and restores to a point in time" },
    5: { slug: "decision-logs", text: "decision logs are kept, and cannot be altered" },
    6: { slug: "resilience", text: "the loss of a zone, node, broker or writer does not stop the platform" },
    7: { slug: "watch", text: "someone is told before a promise breaks" },
} as const;

export type PromiseNumber = keyof typeof PROMISES;

export const PROMISE_NUMBERS: readonly PromiseNumber[] = [1, 2, 3, 4, 5, 6, 7];
