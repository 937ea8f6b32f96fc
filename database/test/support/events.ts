import { eventId } from "../../src/events";

export interface DecisionEvent {
    readonly event_id: string;
    readonly council: string;
    readonly session_id: string;
    readonly round: number;
    readonly members: readonly string[];
    readonly votes: Readonly<Record<string, string>>;
    readonly verdict: string;
    readonly rationale: string;
    readonly dissent?: readonly string[];
    readonly evidence?: readonly unknown[];
    readonly model: string;
    readonly prompt_sha256: string;
}

/** A decision as the bridge would record it. */
export function decision(changes: Partial<DecisionEvent> = {}): DecisionEvent {
    return {
        event_id: eventId(),
        council: "strategy",
        session_id: "session-1",
        round: 3,
        members: ["analyst-0", "analyst-1"],
        votes: { "analyst-0": "yes", "analyst-1": "no" },
        verdict: "go ahead",
        rationale: "The evidence is sufficient. \u{1F4C8} “quoted”",
        dissent: ["analyst-1"],
        evidence: [{ source: "report", page: 7 }],
        model: "anthropic.claude",
        prompt_sha256: "ab".repeat(32),
        ...changes,
    };
}
