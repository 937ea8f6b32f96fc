import type { DatabaseSettings } from "../../src/settings";
import { type Agent, agentOf, type Way } from "./agents";
import { clock, dueOf, say, type World } from "./load";

/*
 * The agents of one zone, in one process. It sends at a steady rate, and measures what its agents hear, whoever said it.
 */

/** What it is told. */
export type Order =
    | {
          readonly order: "open";
          readonly way: Way;
          readonly agents: readonly string[];
          readonly world: World;
          readonly brokers: readonly string[];
          readonly database: DatabaseSettings;
      }
    | {
          readonly order: "speak";
          /** Messages a second, of all its agents. */
          readonly rate: number;
          readonly seconds: number;
          /** From when on it counts, by the machine's clock. Unit: ms. */
          readonly from: number;
      }
    | { readonly order: "tell" };

/** What it tells. */
export type Word =
    | { readonly word: "open" }
    /** What was sent has to be heard so often; `heard` is without duplicates. */
    | { readonly word: "so-far"; readonly expected: number; readonly heard: number; readonly spoken: boolean }
    | {
          readonly word: "told";
          /** Milliseconds of each delivery, by the second in which it was due. */
          readonly latencies: readonly (readonly number[])[];
          readonly duplicates: number;
          readonly faults: readonly string[];
          /** Resident memory and processor time of this process. Unit: MiB, s. */
          readonly memory: number;
          readonly cpu: number;
      };

const TICK_MS = 1;

let agents: Agent[] = [];
let names: readonly string[] = [];
let world: World = { agents: [], sessions: [] };
let from = Infinity;
let expected = 0;
let heard = 0;
let spoken = false;
let duplicates = 0;
const known = new Map<string, Set<string>>();
const latencies: number[][] = [];
const faults: string[] = [];

function tell(word: Word): void {
    process.send?.(word);
}

function onHeard(name: string, text: string, id: string): void {
    const now = clock();
    const due = dueOf(text);
    if (due === undefined) return;
    const mine = known.get(name) ?? new Set<string>();
    known.set(name, mine);
    if (mine.has(id)) {
        duplicates += 1;
        return;
    }
    mine.add(id);
    heard += 1;
    if (due < from) return;
    (latencies[Math.floor((due - from) / 1000)] ??= []).push(Math.round((now - due) * 100) / 100);
}

async function open(order: Extract<Order, { order: "open" }>): Promise<void> {
    ({ agents: names, world } = order);
    const onFault = (error: unknown) => faults.push(error instanceof Error ? error.message : String(error));
    agents = await Promise.all(
        names.map((name) =>
            agentOf(order.way, { ...order, name, onFault, onHeard: (text, id) => onHeard(name, text, id) }),
        ),
    );
    setInterval(() => tell({ word: "so-far", expected, heard, spoken }), 500);
    tell({ word: "open" });
}

/** Sends what is due, every millisecond: also where it comes late, everything is dated by when it was due. */
function speak({ rate, seconds, from: first }: Extract<Order, { order: "speak" }>): void {
    from = first;
    const begun = clock();
    const end = first + seconds * 1000;
    let count = 0;
    const timer = setInterval(() => {
        for (const now = Math.min(clock(), end); begun + (count * 1000) / rate <= now; count += 1) {
            const index = count % agents.length;
            const { record, hearers } = say(names[index] ?? "", begun + (count * 1000) / rate, world, Math.random);
            expected += hearers;
            agents[index]?.send({ record, hearers });
        }
        if (clock() < end) return;
        clearInterval(timer);
        spoken = true;
    }, TICK_MS);
}

process.on("message", (order: Order) => {
    if (order.order === "open") void open(order);
    else if (order.order === "speak") speak(order);
    else {
        const { user, system } = process.cpuUsage();
        const words = [...new Set(faults)];
        const memory = Math.round(process.memoryUsage.rss() / 1024 / 1024);
        const seconds = Array.from(latencies, (each = []) => each);
        tell({ word: "told", latencies: seconds, duplicates, faults: words, memory, cpu: (user + system) / 1e6 });
    }
});
// Whoever gave the orders ends it; and where that one has ended without.
process.on("disconnect", () => process.exit(0));
