import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { firstPreview } from "../../plan/first-preview";
import { evaluate } from "../../plan/graph";
import { readArguments, UsageError } from "../../plan/usage";
import type { Configuration } from "../../policy/engine/configuration";
import { planned } from "../../policy/engine/planned";
import { resourcesOfState } from "../../policy/engine/state";
import { execute, MissingTool } from "../components/cache";
import { Workshop } from "../components/processes";
import { pulumiCli } from "../components/pulumi";
import { Broken, nothingWrong, Report, seconds } from "../components/report";
import { type EngineStack, openStack } from "../engine/engine";
import { type EngineFindings, type Findings, findingsIn, offlineFindings, ruleOf, WHOLE } from "./engine-findings";

/*
 * The policy pack under Pulumi's own command line: what it refuses is what the offline evaluation refuses, what it cannot know
 * yet it says, and nothing that it refuses is made.
 */

const HELP = `Usage: npm run drill:policy -- [STACK...]

Previews and deploys stacks (default: staging and prod) with the real Pulumi CLI and \`--policy-pack policy\`, with a provider in the
place of AWS and Kubernetes that keeps resources in the state alone: no account, no cluster. Compares what the pack says there with
\`npm run policy\`. Builds the Pulumi CLI on first use (some minutes); needs Go for that (https://go.dev/doc/install), and a way to
the Go module proxy.

Exit codes: 0 all promises hold; 1 one does not; 2 the command was called wrongly or something it needs is missing.
`;

const root = join(__dirname, "..", "..");
const pack = join(root, "policy");
const RETENTION = "log-group-retention";

async function main(argv: readonly string[]): Promise<number> {
    try {
        const { values, positionals } = readArguments({
            args: [...argv],
            allowPositionals: true,
            options: { help: { type: "boolean" } },
        });
        if (values.help) {
            process.stdout.write(HELP);
            return 0;
        }
        const cli = await pulumiCli();
        const report = new Report();
        for (const name of positionals.length > 0 ? positionals : ["staging", "prod"]) {
            const workshop = new Workshop("openclaw-policy");
            try {
                process.env["PATH"] = [shim(workshop), cli, process.env["PATH"]].join(delimiter);
                await drill(name, workshop, report);
            } finally {
                workshop.close();
            }
        }
        return report.close();
    } catch (error) {
        if (!(error instanceof MissingTool || error instanceof UsageError)) throw error;
        process.stderr.write(`drill:policy: ${error.message}\nSee npm run drill:policy -- --help\n`);
        return 2;
    }
}

/** A release of Pulumi brings this along; the CLI that is built from Go modules looks for it on PATH. */
function shim(workshop: Workshop): string {
    const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    const file = workshop.path("pulumi-analyzer-policy-nodejs");
    writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${runner}" "$@"\n`);
    chmodSync(file, 0o755);
    return workshop.folder;
}

async function drill(name: string, workshop: Workshop, report: Report): Promise<void> {
    report.title(`Stack ${name}`);
    const committed = join(pack, "config", `${name}.json`);
    const strict = workshop.path("strict.json");
    const stricter: Configuration = { ...read(committed), [RETENTION]: { minimumDays: 3653 } };
    writeFileSync(strict, JSON.stringify(stricter));

    const engine = await openStack(name, workshop.folder);
    try {
        const resources = (await evaluate(name, engine.config)).resources.map(planned);
        const unborn = (await firstPreview(name, engine.config)).map(planned);
        const first = await previewed(engine, committed);
        await report.prove("the first preview breaks no rule that must hold", async () => {
            nothingWrong([...first.violations]);
            return `${first.undecided.size} cannot be decided yet, and say so`;
        });
        for (const [rule, places] of first.places) report.note(`undecided: ${rule}: ${places.join(", ")}`);

        await report.prove("it says what the evaluation of a first preview without the engine says", async () => {
            const simulated = offlineFindings(unborn, read(committed));
            same(first, simulated);
            const [here, there] = [first, simulated].map(({ undecided }) => new Set([...undecided].map(ruleOf)));
            nothingWrong([
                ...[...(here ?? [])].filter((rule) => !there?.has(rule)).map((rule) => `undecided only here: ${rule}`),
                ...[...(there ?? [])].filter((rule) => !here?.has(rule)).map((rule) => `undecided only there: ${rule}`),
            ]);
        });

        await report.prove("a stricter setting is refused in the preview by the same rules as offline", async () => {
            const found = await previewed(engine, strict);
            if (found.violations.size === 0) throw new Broken("nothing was refused");
            same(found, offlineFindings(unborn, stricter));
            const said = new Set([...found.violations, ...found.undecided]);
            const silent = [...offlineFindings(resources, stricter).violations].filter(
                (each) => !said.has(each) && !said.has(`${ruleOf(each)} ${WHOLE}`),
            );
            nothingWrong(silent.map((each) => `passed in silence: ${each}`));
            return `${found.violations.size} violations`;
        });
        await report.prove("what is refused is not made", async () => {
            const failed = await engine.stack.up({ ...withPack(strict), suppressOutputs: true }).then(
                () => false,
                () => true,
            );
            if (!failed) throw new Broken("the update went through");
            const groups = (await exported(engine)).filter(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup");
            nothingWrong(groups.map(({ name: group }) => `${group} was made`));
        });
        await report.prove("an update with the pack goes through", async () => {
            await engine.stack.up({ ...withPack(committed), suppressOutputs: true });
        });
        await report.prove(
            "once all is made, the preview says what the offline evaluation of the state says",
            async () => {
                const found = await previewed(engine, strict);
                same(found, offlineFindings(await exported(engine), stricter));
                return `${found.violations.size} violations, ${found.undecided.size} undecided`;
            },
        );

        const state = workshop.path("state.json");
        writeFileSync(state, JSON.stringify(await engine.stack.exportStack()));
        await report.prove("pulumi policy analyze passes the exported state", async () => {
            const { code, found, said } = await analyzed(state, committed);
            if (code !== 0) throw new Broken([...found.violations].join("; ") || said);
        });
        await report.prove("pulumi policy analyze refuses it by the same rules as offline", async () => {
            const { code, found, said } = await analyzed(state, strict);
            if (code === 0) throw new Broken(`exit code 0: ${said}`);
            same(found, offlineFindings(resourcesOfState(readFileSync(state, "utf8")), stricter));
            return `${found.violations.size} violations`;
        });
        await cost(engine, committed, report);
    } finally {
        engine.close();
    }
}

function withPack(configuration: string) {
    return { policyPacks: [pack], policyPackConfigs: [configuration] };
}

/** What a preview says; one that is refused says it too. */
async function previewed({ stack }: EngineStack, configuration: string): Promise<EngineFindings> {
    const events: EngineEvent[] = [];
    let failure: unknown;
    await stack
        .preview({ ...withPack(configuration), suppressOutputs: true, onEvent: (event) => void events.push(event) })
        .catch((error: unknown) => (failure = error));
    const found = findingsIn(events);
    // A refusal has violations; anything else that ends a preview is a fault.
    if (failure !== undefined && found.violations.size === 0) throw failure;
    return found;
}

async function exported({ stack }: EngineStack) {
    return resourcesOfState(JSON.stringify(await stack.exportStack()));
}

const jsonEvents = z.array(z.record(z.string(), z.unknown()));

async function analyzed(state: string, configuration: string) {
    const { code, output, said } = await execute("pulumi", [
        ...["policy", "analyze", "--file", state, "--json"],
        ...["--policy-pack", pack, "--policy-pack-config", configuration],
    ]);
    const events = output
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as unknown);
    return { code, said, found: findingsIn(jsonEvents.parse(events)) };
}

/** What the pack adds to a preview in which nothing changes. */
async function cost(engine: EngineStack, configuration: string, report: Report): Promise<void> {
    const timed = async (options: object) => {
        const started = performance.now();
        await engine.stack.preview({ ...options, suppressOutputs: true });
        return performance.now() - started;
    };
    const without = await timed({});
    const together = await timed(withPack(configuration));
    report.note(`a preview without the pack takes ${seconds(without)}, with it ${seconds(together)}`);
}

function same(found: Findings, offline: Findings): void {
    const differing = (a: ReadonlySet<string>, b: ReadonlySet<string>, text: string) =>
        [...a].filter((each) => !b.has(each)).map((each) => `${text}: ${each}`);
    nothingWrong([
        ...differing(found.violations, offline.violations, "only here"),
        ...differing(offline.violations, found.violations, "only offline"),
    ]);
}

function read(file: string): Configuration {
    return JSON.parse(readFileSync(file, "utf8")) as Configuration;
}

main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        process.exit(1);
    },
);
