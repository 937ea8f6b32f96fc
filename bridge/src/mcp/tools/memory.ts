import * as z from "zod";
import type { ToolContext } from "../context";
import { Refusal } from "../refusal";
import { idempotencyKey, type Tool, tool } from "../tool";

/** As much of each memory as a search shows. Unit: characters. */
const EXCERPT = 2000;

const bytes = (most: number, what: string) =>
    z
        .string()
        .min(1)
        .refine((text) => Buffer.byteLength(text) <= most, `has more than ${most} bytes`)
        .describe(what);
const namespace = bytes(200, "What kind of memory it is, e.g. customers or decisions.draft");
const key = bytes(500, "Its name within the namespace");

/** Tools for what outlasts a conversation. */
export function memoryTools({ memories, calls }: ToolContext): Tool[] {
    return [
        tool({
            name: "memory_write",
            title: "Remember something",
            description:
                "Keeps a text under a namespace and a key, safely and beyond this conversation; writing again makes a new version and keeps " +
                "some of those before. Only you can read it. Returns its version.",
            input: z.strictObject({
                namespace,
                key,
                content: bytes(262_144, "What to remember"),
                metadata: z
                    .record(z.string().max(200), z.string().max(2000))
                    .default({})
                    .refine((metadata) => Object.keys(metadata).length <= 50, "has more than 50 entries")
                    .describe("Short facts about it, e.g. where it comes from"),
                about: z
                    .string()
                    .min(1)
                    .max(500)
                    .optional()
                    .describe("The person that it is about. Always say so: they may ask for it to be erased"),
                expires_in_days: z.int().min(1).max(3650).optional().describe("When it may be forgotten"),
                expected_version: z
                    .int()
                    .min(0)
                    .optional()
                    .describe(
                        "Write only if it is at this version, so that nothing is overwritten that you have not read; 0: only if new",
                    ),
                idempotency_key: idempotencyKey,
            }),
            async run({ idempotency_key, ...input }) {
                const eventId = await calls.eventOf("memory_write", idempotency_key, input);
                const days = input.expires_in_days;
                const version = await memories.write({
                    eventId,
                    namespace: input.namespace,
                    key: input.key,
                    content: input.content,
                    metadata: input.metadata,
                    about: input.about,
                    expiresAt: days === undefined ? undefined : new Date(Date.now() + days * 86_400_000),
                    expected: input.expected_version,
                });
                return { namespace: input.namespace, key: input.key, version };
            },
        }),
        tool({
            name: "memory_search",
            title: "Search your memories",
            description:
                'Finds memories by their words, best first: all words must occur; "quotes" for a phrase, or between alternatives, - before ' +
                `a word that must not occur. Shows the first ${EXCERPT} characters of each; memory_read gives the whole.`,
            input: z.strictObject({
                words: z.string().min(1).max(1000).describe("Words to look for"),
                namespace: namespace.optional(),
                limit: z.int().min(1).max(50).default(10).describe("How many at most"),
            }),
            readOnly: true,
            async run({ words, limit, ...input }) {
                const found = await memories.search(words, input.namespace, limit);
                return found.map(({ content, ...memory }) => ({
                    ...memory,
                    content: content.slice(0, EXCERPT),
                    ...(content.length > EXCERPT && { is_shortened: true }),
                }));
            },
        }),
        tool({
            name: "memory_read",
            title: "Read a memory",
            description: "The whole of a memory: its newest version, or one before it.",
            input: z.strictObject({
                namespace,
                key,
                version: z.int().min(1).optional().describe("Which version; left out: the newest"),
            }),
            readOnly: true,
            async run({ namespace, key, version }) {
                const found = await memories.read(namespace, key, version);
                if (found !== undefined) return found;
                throw new Refusal(
                    version === undefined
                        ? `There is no memory ${key} in ${namespace}. memory_search finds memories by their words.`
                        : `There is no version ${version} of ${key} in ${namespace}, or it is kept no longer.`,
                );
            },
        }),
    ];
}
