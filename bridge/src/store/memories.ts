import type { Pool } from "pg";
import { codeOf } from "./errors";
import { storable, storableText } from "./storable";

/** Somebody was faster: the memory is at another version than the writer thought. */
export class OtherVersion extends Error {}

export interface NewMemory {
    readonly eventId: string;
    readonly namespace: string;
    readonly key: string;
    readonly content: string;
    readonly metadata: Readonly<Record<string, string>>;
    /** The person that it is about, so that it can be erased for them. */
    readonly about?: string;
    readonly expiresAt?: Date;
    /** Version that the writer has read; 0: there is none yet. */
    readonly expected?: number;
}

export interface Memory {
    readonly namespace: string;
    readonly key: string;
    readonly version: number;
    readonly content: string;
    readonly metadata: Readonly<Record<string, string>>;
}

/** What this agent remembers; nobody else's memories are seen. */
export class Memories {
    constructor(private readonly pool: Pool) {}

    /** @returns the version that it is; the same event twice is written once. @throws OtherVersion */
    async write({
        eventId,
        namespace,
        key,
        content,
        metadata,
        about,
        expiresAt,
        expected,
    }: NewMemory): Promise<number> {
        try {
            const { rows } = await this.pool.query<{ version: number }>(
                "SELECT memory.write($1, $2, $3, $4, $5, $6, NULL, $7, $8) AS version",
                [
                    eventId,
                    storableText(namespace),
                    storableText(key),
                    storableText(content),
                    JSON.stringify(storable(metadata)),
                    about === undefined ? null : storableText(about),
                    expiresAt ?? null,
                    expected ?? null,
                ],
            );
            return rows[0]?.version ?? 0;
        } catch (error) {
            if (codeOf(error) === "40001" && error instanceof Error) throw new OtherVersion(error.message);
            throw error;
        }
    }

    /** The newest versions that hold these words, best first. */
    async search(words: string, namespace: string | undefined, most: number): Promise<(Memory & { score: number })[]> {
        const { rows } = await this.pool.query<Memory & { score: number }>(
            "SELECT namespace, key, version, content, metadata, score FROM memory.search($1, NULL, $2, $3)",
            [storableText(words), namespace === undefined ? null : storableText(namespace), most],
        );
        return rows;
    }

    /** One memory: its newest version, or one of those that are kept. */
    async read(namespace: string, key: string, version?: number): Promise<(Memory & { createdAt: Date }) | undefined> {
        const { rows } = await this.pool.query<Memory & { createdAt: Date }>(
            `SELECT namespace, key, version, content, metadata, created_at AS "createdAt" FROM memory.item
             WHERE agent = session_user AND namespace = $1 AND key = $2
                 AND CASE WHEN $3::integer IS NULL THEN superseded_at IS NULL ELSE version = $3 END
                 AND (expires_at IS NULL OR expires_at > clock_timestamp())`,
            [storableText(namespace), storableText(key), version ?? null],
        );
        return rows[0];
    }
}
