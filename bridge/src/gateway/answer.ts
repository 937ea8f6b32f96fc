import * as z from "zod";
import type { TurnResult } from "../ports";

const part = z.looseObject({ type: z.string(), text: z.string().optional() });

/** What is read of an answer of the responses endpoint. */
const answer = z.looseObject({
    status: z.string().optional(),
    error: z.looseObject({ message: z.string().optional() }).nullish(),
    output: z.array(z.looseObject({ type: z.string(), content: z.array(part).optional() })),
});

/** The text of an answer; what the agent thought and which tools it used is its own. */
export function textOf(body: string): TurnResult {
    let json: unknown;
    try {
        json = JSON.parse(body);
    } catch {
        // The web interface answers any path with a page, where the endpoint is not switched on.
        return failed("the gateway's answer is not JSON: is its responses endpoint enabled?");
    }
    const parsed = answer.safeParse(json);
    if (!parsed.success) return failed("the gateway's answer is not one of the responses endpoint");
    const { status = "completed", error, output } = parsed.data;
    if (status === "failed" || error) return failed(`the turn failed: ${error?.message ?? "no reason given"}`);
    // Incomplete means that the model came to the end of what it may write: so it would the next time, and there is text.
    if (status === "cancelled") return failed("the turn was cancelled");
    const texts = output
        .filter(({ type }) => type === "message")
        .flatMap(({ content = [] }) => content)
        .filter(({ type }) => type === "output_text")
        .map(({ text = "" }) => text);
    return { ok: true, text: texts.join("\n") };
}

function failed(reason: string): TurnResult {
    return { ok: false, refused: false, reason };
}
