import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { MissingTool } from "../../../drills/components/cache";

const bridge = join(__dirname, "..", "..");

/** A mistake that somebody could have made in the bridge. */
export interface Fault {
    readonly about: string;
    /** The promise that the checker must find broken. */
    readonly breaks: "order" | "none lost" | "exactly once";
    /** The module that has it, below src. */
    readonly module: string;
    readonly changes: readonly { readonly from: string; readonly to: string }[];
}

const HANDLED = "const handled = [{ eventId: envelope.id, session: envelope.session }];";
const TURN = "const ended = await turns.turn(envelope.session, messagePrompt(envelope));";

/**
 * They are built in, from changed sources: the product has no switch for them. Where a source no longer looks like that, the build
 * fails, for a fault that is not there would pass.
 */
export const FAULTS: Readonly<Record<string, Fault>> = {
    reorder: {
        about: "messages of one conversation are handled side by side",
        breaks: "order",
        module: "inbound/inbox.ts",
        changes: [{ from: "`to ${envelope.session}`", to: "`to ${envelope.id}`" }],
    },
    lose: {
        about: "a message counts as handled before its turn is over",
        breaks: "none lost",
        module: "inbound/inbox.ts",
        changes: [
            {
                from: TURN,
                to: `await store.commit({ handled: [{ eventId: envelope.id, session: envelope.session }] });\n${TURN}`,
            },
            { from: HANDLED, to: "const handled: { eventId: string; session: string }[] = [];" },
        ],
    },
    twice: {
        about: "what was handled is not looked up, and an answer gets a new id each time",
        breaks: "exactly once",
        module: "inbound/inbox.ts",
        changes: [
            { from: "if (handled.has(envelope.id)) {", to: "if (handled.has('')) {" },
            {
                from: "if ((await store.handledOf([envelope.id])).has(envelope.id)) return this.#done(record, {});",
                to: "",
            },
            { from: HANDLED, to: `${HANDLED}\nawait store.commit({ handled: handled.splice(0) });` },
            {
                from: "derivedId(envelope.id, `reply ${agent}`)",
                to: "derivedId(envelope.id, `reply ${Math.random()}`)",
            },
        ],
    },
};

/** Builds the bridge as its image does, with a fault where one is asked for. */
export async function buildBridge(outfile: string, fault?: Fault): Promise<void> {
    if (!existsSync(join(bridge, "node_modules", "pg")))
        throw new MissingTool("the bridge is not installed: npm ci --prefix bridge");
    await build({
        ...OPTIONS,
        entryPoints: [join(bridge, "src", "bin.ts")],
        outfile,
        plugins: fault === undefined ? [] : [changing(fault)],
    });
}

/** Builds the program that stands in for OpenClaw. */
export async function buildAgent(outfile: string): Promise<void> {
    await build({ ...OPTIONS, entryPoints: [join(__dirname, "agent.ts")], outfile });
}

const OPTIONS = {
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    tsconfigRaw: {},
    logLevel: "warning",
} as const;

function changing({ module, changes }: Fault): Plugin {
    return {
        name: "fault",
        setup({ onLoad }) {
            onLoad({ filter: /\.ts$/ }, async ({ path }) => {
                if (path !== join(bridge, "src", module)) return undefined;
                let contents = await readFile(path, "utf8");
                for (const { from, to } of changes) {
                    if (contents.split(from).length !== 2)
                        throw new Error(`${module} does not hold once: ${from}; the fault has to be written anew`);
                    contents = contents.replace(from, () => to);
                }
                return { contents, loader: "ts" };
            });
        },
    };
}
