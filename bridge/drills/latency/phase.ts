import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { endWithUs } from "../../../drills/components/processes";
import { Broken, sleep, until } from "../../../drills/components/report";
import type { DatabaseSettings } from "../../src/settings";
import type { Way } from "./agents";
import { type BySecond, together } from "./figures";
import { clock, type World } from "./load";
import type { Order, Word } from "./speaker";
import type { Place } from "./zones";

const root = join(__dirname, "..", "..", "..");
/** Until everything that was said is heard, at the end. */
const QUIET_WITHIN_SECONDS = 60;
const SETTLED_MS = 3000;

export interface PhaseOptions {
    readonly way: Way;
    readonly world: World;
    /** Where each zone's agents run. */
    readonly places: readonly Place[];
    readonly brokers: readonly string[];
    readonly database: DatabaseSettings;
    /** Messages a second, of all agents. */
    readonly rate: number;
    readonly seconds: number;
    /** Seconds before it counts, in which programs get warm. */
    readonly warm: number;
    /** Done while it counts. */
    readonly meanwhile?: () => Promise<void>;
}

export interface Measured {
    readonly latencies: BySecond;
    /** Deliveries that there had to be, and that there were. */
    readonly expected: number;
    readonly heard: number;
    readonly duplicates: number;
    readonly faults: readonly string[];
    /** Processor time of the clients. Unit: s. */
    readonly cpu: number;
}

/** Agents of both zones speak for a while. */
export async function phase(options: PhaseOptions): Promise<Measured> {
    const { way, world, places, brokers, database, rate, seconds, warm, meanwhile } = options;
    const speakers = places.map((place) => new Speaker(place));
    try {
        await Promise.all(
            speakers.map((speaker, zone) => {
                const agents = world.agents.filter((_, index) => index % places.length === zone);
                return speaker.open({ order: "open", way, agents, world, brokers, database });
            }),
        );
        // Whoever has just joined a group may still be told what to read.
        await sleep(SETTLED_MS);
        const from = clock() + warm * 1000;
        for (const speaker of speakers) speaker.order({ order: "speak", rate: rate / speakers.length, seconds, from });
        await sleep(warm * 1000);
        await meanwhile?.();
        const sum = (of: (speaker: Speaker) => number) => speakers.reduce((all, speaker) => all + of(speaker), 0);
        await until("everything that was said is heard", seconds + QUIET_WITHIN_SECONDS, () => {
            const [expected, heard] = [sum((one) => one.expected), sum((one) => one.heard)];
            return speakers.every((one) => one.spoken) && heard >= expected ? "" : `${heard} of ${expected}`;
        }).catch((error: unknown) => {
            // It is counted, and judged by whoever called.
            if (!(error instanceof Broken)) throw error;
        });
        const told = await Promise.all(speakers.map((speaker) => speaker.tell()));
        return {
            latencies: together(told.map(({ latencies }) => latencies)),
            expected: sum((one) => one.expected),
            heard: sum((one) => one.heard),
            duplicates: told.reduce((all, { duplicates }) => all + duplicates, 0),
            faults: [...new Set(told.flatMap(({ faults }) => faults))],
            cpu: told.reduce((all, { cpu }) => all + cpu, 0),
        };
    } finally {
        for (const speaker of speakers) speaker.end();
    }
}

/** The process of a zone's agents. */
class Speaker {
    readonly #child: ChildProcess;
    readonly #words = new Map<Word["word"], (word: Word) => void>();
    expected = 0;
    heard = 0;
    spoken = false;

    constructor(place: Place) {
        const [command = "", ...before] = place.enter;
        const args = [...before, process.execPath, "-r", "ts-node/register/transpile-only"];
        this.#child = spawn(command, [...args, join(__dirname, "speaker.ts")], {
            cwd: root,
            stdio: ["ignore", "inherit", "inherit", "ipc"],
        });
        endWithUs(this.#child);
        this.#child.on("message", (word: Word) => {
            if (word.word === "so-far") ({ expected: this.expected, heard: this.heard, spoken: this.spoken } = word);
            else this.#words.get(word.word)?.(word);
        });
    }

    open(order: Order): Promise<Word> {
        this.order(order);
        return this.#word("open");
    }

    async tell(): Promise<Extract<Word, { word: "told" }>> {
        this.order({ order: "tell" });
        const word = await this.#word("told");
        if (word.word !== "told") throw new Error(`it was asked what it measured, and said ${word.word}`);
        return word;
    }

    order(order: Order): void {
        this.#child.send(order);
    }

    end(): void {
        this.#child.kill("SIGKILL");
    }

    #word(word: Word["word"]): Promise<Word> {
        return new Promise((resolve, reject) => {
            this.#words.set(word, resolve);
            this.#child.once("close", (code, signal) =>
                reject(new Error(`a zone's agents ended with ${code ?? signal}`)),
            );
        });
    }
}
