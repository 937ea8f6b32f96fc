import { createHash } from "node:crypto";
import type { Pool } from "pg";

export interface Skill {
    readonly name: string;
    readonly version: string;
    /** Digest of its content, in hexadecimal. */
    readonly sha256: string;
    readonly source: string;
}

/** The content of a skill is not what was scanned. */
export class WrongContent extends Error {}

/** Skills that this agent's class has pinned, as long as they are trusted. */
export class Skills {
    constructor(private readonly pool: Pool) {}

    async list(): Promise<Skill[]> {
        const { rows } = await this.pool.query<Skill>(
            `SELECT skill AS name, version, encode(content_sha256, 'hex') AS sha256, source FROM skills.of_class ORDER BY skill`,
        );
        return rows;
    }

    /**
     * @returns undefined where the class has no such skill; without `body` where nobody has published its content
     * @throws WrongContent
     */
    async fetch(name: string): Promise<(Skill & { readonly body?: Buffer }) | undefined> {
        const { rows } = await this.pool.query<Skill & { body: Buffer | null }>(
            `SELECT s.skill AS name, s.version, encode(s.content_sha256, 'hex') AS sha256, s.source, c.body
             FROM skills.of_class s LEFT JOIN skills.content c ON c.name = s.skill AND c.version = s.version
             WHERE s.skill = $1`,
            [name],
        );
        const [found] = rows;
        if (found === undefined) return undefined;
        const { body, ...skill } = found;
        if (body === null) return skill;
        // Whoever can change the table cannot make this agent load something else than its pin says.
        const digest = createHash("sha256").update(body).digest("hex");
        if (digest !== skill.sha256)
            throw new WrongContent(`skill ${name} ${skill.version} has the digest ${digest}, not ${skill.sha256}`);
        return { ...skill, body };
    }
}
