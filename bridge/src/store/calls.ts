import { createHash } from "node:crypto";
import type { Pool } from "pg";
import { eventId } from "../contract/ids";
import { codeOf } from "./errors";
import { storableText } from "./storable";

/** A key of an agent's that stood for another call. */
export class KeyUsed extends Error {}

/** Calls that may come twice: an agent that got no answer tries again, and means the same thing. */
export class Calls {
    constructor(private readonly pool: Pool) {}

    /**
     * @param what kind of call; keys of different kinds are apart
     * @param key of the agent's choice; without one, each call is another
     * @param input what the call asks for
     * @returns id of the event that it makes: that of the first call with this key
     * @throws KeyUsed where that one asked for something else
     */
    async eventOf(what: string, key: string | undefined, input: unknown): Promise<string> {
        const fresh = eventId();
        if (key === undefined) return fresh;
        const digest = createHash("sha256").update(JSON.stringify(input)).digest();
        try {
            const { rows } = await this.pool.query<{ id: string }>("SELECT bridge.event_of($1, $2, $3) AS id", [
                storableText(`${what} ${key}`),
                digest,
                fresh,
            ]);
            return rows[0]?.id ?? fresh;
        } catch (error) {
            if (codeOf(error) === "23505") throw new KeyUsed(`the key ${JSON.stringify(key)} stands for another call`);
            throw error;
        }
    }
}
