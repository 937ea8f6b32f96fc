import { decimal, group, whole } from "./fields";

const perDay = (description: string, example: number) =>
    whole({ description, example, unit: "interactions" }, 0, 1_000_000_000);

/** What an interaction may come to at most, of anything. */
const MANY = 1000;

/** What the agents will have to do. Nothing is built from it: capacity and cost of the plan are worked out for it. */
export const load = group("What is expected of the agents: the plan works out capacity and cost for it", {
    interactionsPerDay: group("Interactions a day, of all agents together: a question answered or a task done", {
        low: perDay("On a quiet day", 1_000_000),
        expected: perDay("On an ordinary day", 2_000_000),
        high: perDay("On a busy day, for which capacity must suffice", 3_000_000),
    }),
    peakFactor: decimal(
        { description: "How much busier the busiest second is than the day's average", example: 2.5 },
        1,
        100,
        0.5,
    ),
    perInteraction: group("What one interaction comes to, on average", {
        seconds: decimal(
            { description: "How long an agent is at work on it, waiting for the model included", example: 10 },
            0.1,
            MANY,
            0.1,
        ),
        messages: decimal({ description: "Messages on the brokers", example: 4 }, 0, MANY, 0.01),
        messageBytes: whole({ description: "Size of a message", example: 2000, unit: "bytes" }, 1, 1_000_000),
        decisions: decimal({ description: "Verdicts in the decision log", example: 0.2 }, 0, MANY, 0.01),
        auditEntries: decimal({ description: "Entries in the audit trail", example: 1 }, 0, MANY, 0.01),
        memories: decimal({ description: "Memories written", example: 0.1 }, 0, MANY, 0.01),
        stateBytes: whole(
            { description: "Agent state written, and copied to the replica", example: 20_000, unit: "bytes" },
            0,
            100_000_000,
        ),
        logBytes: whole({ description: "Operational logs", example: 2000, unit: "bytes" }, 0, 10_000_000),
        modelBytes: whole(
            { description: "Sent to the model and received from it", example: 30_000, unit: "bytes" },
            0,
            100_000_000,
        ),
    }),
});
