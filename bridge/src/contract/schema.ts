import * as z from "zod";
import { envelope, VERSION } from "./envelope";

/** JSON Schema of a message: what a writer has to send. Readers pass over fields that are not in it. */
export function messageSchema(): object {
    return {
        title: "A message between OpenClaw agents",
        description: `Version ${VERSION} of the contract. Fields may be added; none is removed, renamed or given another meaning.`,
        ...z.toJSONSchema(envelope, { io: "input", unrepresentable: "any" }),
    };
}
