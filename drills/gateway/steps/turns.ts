import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { DATABASES, LOCAL_DATABASES, PATHS } from "../../../components/compute/agents/runtime";
import { Broken, nothingWrong } from "../../components/report";
import type { Agent } from "../agent";
import type { Pod } from "../pod";

/** A file of the workspace that a restore must bring back, as it is written below the workspace. */
export const FINDING = { path: "notes/finding.md", text: "A finding.\n" } as const;

/**
 * Turns are answered, the session remembers, and nothing that OpenClaw writes is without a replica.
 *
 * @returns the word that the session was told
 */
export async function turns(agent: Agent, pod: Pod): Promise<string> {
    const { report } = agent;
    const word = agent.nextWord();
    await report.prove("a turn is answered", async () => {
        const answer = await agent.turn(pod, `Remember ${word}.`);
        if (!answer.text.includes(word)) throw new Broken(`${answer.status}: ${answer.text}`);
    });
    await report.prove("the session remembers", () => agent.remembers(pod, [word]));
    await report.prove("every database that OpenClaw wrote has a replica", async () => {
        const known = new Set<string>([...Object.values(DATABASES), ...LOCAL_DATABASES]);
        const found = filesBelow(pod.state(PATHS.state))
            .filter((path) => path.endsWith(".sqlite") || isSqlite(path))
            .filter((path) => !/-litestream\/|-(wal|shm)$|\.lock\.sqlite$/.test(path))
            .map((path) => join(PATHS.state, relative(pod.state(PATHS.state), path)));
        nothingWrong(found.filter((path) => !known.has(path)).map((path) => `${path} has none`));
        return Promise.resolve(found.map((path) => relative(PATHS.state, path)).join(", "));
    });
    const write = `mkdir -p notes && echo "A finding." > ${FINDING.path} && echo secret > closed && chmod 0 closed`;
    await pod.exec(["/bin/sh", "-c", `cd ${PATHS.workspace} && ${write}`]);
    return word;
}

function filesBelow(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
}

function isSqlite(path: string): boolean {
    return statSync(path).size >= 16 && readFileSync(path).subarray(0, 15).toString() === "SQLite format 3";
}
