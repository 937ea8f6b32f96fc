import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { MissingTool, run } from "../../../drills/components/cache";

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

/**
 * Builds the bridge as its image does, from a copy of its sources, with a fault where one is asked for.
 *
 * @param folder for the copy
 * @returns the program
 */
export async function buildBridge(folder: string, fault?: Fault): Promise<string> {
    if (!existsSync(join(bridge, "node_modules", "pg")))
        throw new MissingTool("the bridge is not installed: npm ci --prefix bridge");
    for (const part of ["src", "build.cjs", "package.json"])
        cpSync(join(bridge, part), join(folder, part), { recursive: true });
    symlinkSync(join(bridge, "node_modules"), join(folder, "node_modules"));
    if (fault !== undefined) change(join(folder, "src", fault.module), fault);
    await run(process.execPath, [join(folder, "build.cjs")], { cwd: folder });
    return join(folder, "dist", "bridge.cjs");
}

function change(file: string, { module, changes }: Fault): void {
    let source = readFileSync(file, "utf8");
    for (const { from, to } of changes) {
        if (source.split(from).length !== 2)
            throw new Error(`${module} does not hold once: ${from}; the fault has to be written anew`);
        source = source.replace(from, () => to);
    }
    writeFileSync(file, source);
}

/** Builds the program that stands in for OpenClaw. */
export async function buildAgent(outfile: string): Promise<void> {
    await build({
        entryPoints: [join(__dirname, "agent.ts")],
        outfile,
        bundle: true,
        platform: "node",
        target: "node24",
        format: "cjs",
        tsconfigRaw: {},
        logLevel: "warning",
    });
}
