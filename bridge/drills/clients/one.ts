import { TOPICS } from "../../src/contract/names";
import { clock } from "../latency/load";
import type { MakeClient } from "./client";
import { confluent, kafkajs } from "./others";
import { platformatic } from "./platformatic";
import { Queue } from "./queue";

/*
 * One client in a process of its own: a producer and a consumer, as beside one agent.
 */

export const CLIENTS = ["@platformatic/kafka", "kafkajs", "@confluentinc/kafka-javascript"] as const;
export type ClientName = (typeof CLIENTS)[number];

/** What it is told. */
export interface Order {
    readonly client: ClientName;
    /** Where it is installed, when it is not the bridge's own. */
    readonly folder: string;
    readonly brokers: readonly string[];
    /** Messages a second. */
    readonly rate: number;
    /** Seconds before it counts, and for which it does. */
    readonly warm: number;
    readonly seconds: number;
}

/** What it tells: `open` once, when it begins to send; then what it has measured. */
export type Word =
    | { readonly word: "open" }
    | {
          readonly word: "told";
          /** From when a message was due until it was acknowledged, and until it was read. Unit: ms. */
          readonly acknowledged: readonly number[];
          readonly read: readonly number[];
          /** Longest time in which nothing was read. Unit: ms. */
          readonly gap: number;
          readonly sent: number;
          readonly lost: number;
          readonly duplicates: number;
          /** Messages that were first read after a later one of their key. */
          readonly disordered: number;
          /** Sends that failed for the caller. */
          readonly failures: number;
          readonly faults: readonly string[];
          /** Resident memory. Unit: MiB. */
          readonly memory: number;
          /** Share of one processor while it counted. */
          readonly cpu: number;
      };

const KEYS = 60;
const FILLING = "words ".repeat(130);
/** Until everything is read, at the end. Unit: ms. */
const QUIET_WITHIN = 45_000;

const makers = (folder: string): Record<ClientName, MakeClient> => ({
    "@platformatic/kafka": platformatic,
    kafkajs: kafkajs(folder),
    "@confluentinc/kafka-javascript": confluent(folder),
});

process.on("message", (order: Order) => void measure(order));
// Whoever gave the order ends it; and where that one has ended without.
process.on("disconnect", () => process.exit(0));

async function measure({ client: name, folder, brokers, rate, warm, seconds }: Order): Promise<void> {
    const faults: unknown[] = [];
    let failures = 0;
    const client = await makers(folder)[name]({ brokers, clientId: "bench", onFault: (error) => faults.push(error) });
    const acknowledged: number[] = [];
    const read: number[] = [];
    const seen = new Set<number>();
    const latest = new Map<string, number>();
    let duplicates = 0;
    let disordered = 0;
    let gap = 0;
    let last = Infinity;
    let from = Infinity;
    await client.subscribe([TOPICS.council], `bench-${process.pid}`, (value, key) => {
        const now = clock();
        const [number = -1, due = 0] = value.split(" ", 2).map(Number);
        gap = Math.max(gap, now - last);
        last = now;
        if (seen.has(number)) {
            duplicates += 1;
            return;
        }
        seen.add(number);
        if (number < (latest.get(key) ?? -1)) disordered += 1;
        else latest.set(key, number);
        if (due >= from) read.push(now - due);
    });
    const queue = new Queue<{ topic: typeof TOPICS.council; key: string; value: string; due: number }>(
        async (messages) => {
            await client.send(messages);
            const now = clock();
            for (const { due } of messages) if (due >= from) acknowledged.push(now - due);
        },
        (error) => {
            failures += 1;
            faults.push(error);
        },
    );
    // Whoever has just joined a group may still be told what to read.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    process.send?.({ word: "open" } satisfies Word);
    const begun = clock();
    from = begun + warm * 1000;
    const end = from + seconds * 1000;
    let sent = 0;
    let used = process.cpuUsage();
    await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
            const now = clock();
            if (now < from) {
                used = process.cpuUsage();
                last = now;
                gap = 0;
            }
            for (; begun + (sent * 1000) / rate <= Math.min(now, end); sent += 1) {
                const due = begun + (sent * 1000) / rate;
                const value = `${sent} ${due.toFixed(3)} ${FILLING}`;
                queue.add({ topic: TOPICS.council, key: `key-${sent % KEYS}`, value, due });
            }
            if (now < end) return;
            clearInterval(timer);
            resolve();
        }, 1);
    });
    const { user, system } = process.cpuUsage(used);
    for (const late = clock() + QUIET_WITHIN; seen.size < sent && clock() < late;)
        await new Promise((resolve) => setTimeout(resolve, 100));
    // Silence that has not ended by now is silence as well.
    if (seen.size < sent) gap = Math.max(gap, clock() - last);
    process.send?.({
        word: "told",
        acknowledged,
        read,
        gap,
        sent,
        lost: sent - seen.size,
        duplicates,
        disordered,
        failures,
        faults: [...new Set(faults.map((error) => (error instanceof Error ? error.message : String(error))))],
        memory: Math.round(process.memoryUsage.rss() / 1024 / 1024),
        cpu: (user + system) / 1e6 / seconds,
    } satisfies Word);
}
