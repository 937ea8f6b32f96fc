import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { endWithUs } from "../../../drills/components/processes";
import type { CrowdOrder, CrowdWord } from "./crowd";
import { connectionsOf, memoryOf, processorOf } from "./usage";

/** Agents' readers and writers, in several processes. */
export class Crowd {
    readonly #children: readonly ChildProcess[];

    /** @param node folder with the Node of the bridge's image */
    constructor(node: string, root: string, processes: number) {
        this.#children = Array.from({ length: processes }, () => {
            const child = spawn(
                join(node, "node"),
                ["-r", "ts-node/register/transpile-only", join(__dirname, "crowd.ts")],
                { cwd: root, stdio: ["ignore", "inherit", "inherit", "ipc"] },
            );
            endWithUs(child);
            return child;
        });
    }

    /**
     * @param pace new agents a second
     * @returns what failed on the way and was tried again
     */
    async open(
        agents: readonly string[],
        common: Omit<CrowdOrder, "agents" | "pace">,
        pace: number,
    ): Promise<readonly string[]> {
        const count = this.#children.length;
        const told = await Promise.all(
            this.#children.map((child, index) => {
                const mine = agents.filter((_, agent) => agent % count === index);
                return ask(child, { ...common, agents: mine, pace: pace / count } satisfies CrowdOrder);
            }),
        );
        return [...new Set(told.flatMap((word) => (word.word === "open" ? word.faults : [])))];
    }

    /** Requests for records that all have made so far. */
    async fetches(): Promise<number> {
        const told = await Promise.all(this.#children.map((child) => ask(child, "asked")));
        return told.reduce((sum, word) => sum + (word.word === "asked" ? word.fetches : 0), 0);
    }

    /** Connections to a port. */
    connections(port: number): number {
        return this.#sum((pid) => connectionsOf(pid).get(port) ?? 0);
    }

    /** Unit: s. */
    processor(): number {
        return this.#sum(processorOf);
    }

    /** Unit: MB. */
    memory(): number {
        return this.#sum((pid) => memoryOf(pid).all);
    }

    end(): void {
        for (const child of this.#children) child.kill("SIGKILL");
    }

    #sum(of: (pid: number) => number): number {
        return this.#children.reduce((sum, { pid }) => sum + (pid === undefined ? 0 : of(pid)), 0);
    }
}

/** One question at a time, and its answer. */
function ask(child: ChildProcess, question: CrowdOrder | "asked"): Promise<CrowdWord> {
    return new Promise((resolve, reject) => {
        const ended = (code: number | null) => reject(new Error(`a process of the crowd ended with ${code}`));
        child.once("close", ended);
        child.once("message", (word: CrowdWord) => {
            child.off("close", ended);
            resolve(word);
        });
        child.send(question);
    });
}
