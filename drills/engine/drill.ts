import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type * as automation from "@pulumi/pulumi/automation";
import { evaluate } from "../../plan/graph";
import { readArguments, UsageError } from "../../plan/usage";
import { pulumiCli } from "../components/pulumi";
import { openStack } from "./engine";

/*
 * The program under Pulumi's real engine: what the offline plan shows is what the engine registers, a second deployment
 * changes nothing, scaling and a third zone replace nothing, and a protected environment cannot be destroyed.
 */

const HELP = `Usage: npm run drill:engine

Deploys both stacks with Pulumi's own engine into a file, with a provider in the place of AWS and Kubernetes that keeps
resources in the state alone: no account, no cluster. Builds the Pulumi CLI on first use (some minutes); needs Go for
that (https://go.dev/doc/install), and a way to the Go module proxy.

Exit codes: 0 every check passed; 1 one failed; 2 the command was called wrongly.
`;

let failures = 0;

function check(passed: boolean, what: string, detail = ""): void {
    if (!passed) failures++;
    process.stdout.write(`${passed ? "PASS" : "FAIL"}  ${what}${passed || !detail ? "" : `\n      ${detail}`}\n`);
}

async function deploy(name: string, folder: string): Promise<void> {
    const { stack, config, set, close } = await openStack(name, folder);
    const offline = (await evaluate(name, config)).resources.filter(({ type }) => type !== "pulumi:pulumi:Stack");
    try {
        const started = performance.now();
        await stack.up({ suppressOutputs: true });
        const { deployment } = await stack.exportStack();
        const resources = (deployment as { resources: { urn: string; type: string }[] }).resources.filter(
            ({ type }) => type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"),
        );
        const planned = offline.filter(({ type }) => !type.startsWith("pulumi:providers:")).map(({ urn }) => urn);
        const differing = [
            ...planned
                .filter((urn) => !resources.some((resource) => resource.urn === urn))
                .map((urn) => `only planned: ${urn}`),
            ...resources.filter(({ urn }) => !planned.includes(urn)).map(({ urn }) => `only deployed: ${urn}`),
        ];
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        check(
            differing.length === 0,
            `${name}: the engine registers the ${planned.length} resources that the offline plan shows (up in ${seconds} s)`,
            differing.slice(0, 5).join("\n      "),
        );

        const again = await stack.preview({ suppressOutputs: true });
        check(
            onlySame(again.changeSummary),
            `${name}: a second deployment changes nothing`,
            JSON.stringify(again.changeSummary),
        );

        const fleet = JSON.parse(config["openclaw:fleet"] ?? "{}") as { classes: Record<string, { agents: number }> };
        const [first] = Object.values(fleet.classes);
        if (first) first.agents += 1;
        await set({ ...config, "openclaw:fleet": JSON.stringify(fleet) });
        const scaled = await stack.preview({ suppressOutputs: true });
        check(
            nothingReplaced(scaled.changeSummary) && !scaled.changeSummary.create,
            `${name}: one more agent replaces and adds no resource`,
            JSON.stringify(scaled.changeSummary),
        );

        const network = JSON.parse(config["openclaw:network"] ?? "{}") as { zones: string[] };
        network.zones.push(`${config["aws:region"]}c`);
        await set({ ...config, "openclaw:network": JSON.stringify(network) });
        const widened = await stack.preview({ suppressOutputs: true });
        check(
            nothingReplaced(widened.changeSummary),
            `${name}: a third zone replaces nothing`,
            JSON.stringify(widened.changeSummary),
        );
        await set(config);

        const destroyed = await stack.destroy({ suppressOutputs: true }).then(
            () => true,
            () => false,
        );
        const wanted = name !== "prod";
        check(destroyed === wanted, `${name}: ${wanted ? "can be taken down again" : "refuses to be destroyed"}`);
    } finally {
        close();
    }
}

type Summary = automation.OpMap;

function onlySame(summary: Summary): boolean {
    return Object.entries(summary).every(([operation, count]) => operation === "same" || count === 0);
}

function nothingReplaced(summary: Summary): boolean {
    return !summary.replace && !summary["create-replacement"] && !summary["delete-replaced"] && !summary.delete;
}

async function main(): Promise<number> {
    const { values } = readArguments({ options: { help: { type: "boolean" } } });
    if (values.help) {
        process.stdout.write(HELP);
        return 0;
    }
    process.env["PATH"] = [await pulumiCli(), process.env["PATH"]].join(delimiter);
    for (const stack of ["staging", "prod"]) {
        const folder = mkdtempSync(join(tmpdir(), "openclaw-engine-"));
        try {
            await deploy(stack, folder);
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    }
    process.stdout.write(failures === 0 ? "every check passed\n" : `${failures} failed\n`);
    return failures === 0 ? 0 : 1;
}

main().then(
    (code) => process.exit(code),
    (error: unknown) => {
        process.stderr.write(`drill:engine: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(error instanceof UsageError ? 2 : 1);
    },
);
