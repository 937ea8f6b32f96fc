/** A decision as the bridge would record it, of the size that a real one has: two kilobytes of reasons. */
export function decision(event: string, session: string) {
    return {
        event_id: event,
        council: "strategy",
        session_id: session,
        round: 3,
        members: ["analyst-0", "analyst-1", "analyst-2", "reviewer-0", "coordinator-0"],
        votes: {
            "analyst-0": "yes",
            "analyst-1": "yes",
            "analyst-2": "no",
            "reviewer-0": "yes",
            "coordinator-0": "yes",
        },
        verdict: "Proceed with the second proposal under the stated conditions",
        // Different text each time: equal text would be compressed away.
        rationale: Array.from(
            { length: 24 },
            (_, index) => `${index + 1}. Because of ${Math.random().toString(36).repeat(5)}.`,
        ).join("\n"),
        dissent: ["analyst-2: the risk is underestimated"],
        evidence: Array.from({ length: 4 }, (_, index) => ({
            source: `report-${index}`,
            page: index * 7,
            digest: event,
        })),
        model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        prompt_sha256: "ab".repeat(32),
    };
}
