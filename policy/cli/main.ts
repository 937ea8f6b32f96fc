import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { readStackFile, stacksIn } from "../../plan/stack-file";
import { readArguments, save, UsageError } from "../../plan/usage";
import { ConfigError } from "../../settings/problem";
import { ConfigurationError } from "../engine/configuration";
import type { Resource } from "../engine/resource";
import { planned } from "../engine/planned";
import { resourcesOfState } from "../engine/state";
import { policyJson } from "../report/json";
import { policyMarkdown } from "../report/markdown";
import { type PolicyReport, reportOn } from "../report/report";
import { policySarif } from "../report/sarif";
import { sourcesIn } from "../report/sources";
import { renderPolicies } from "../report/text";
import { RULES } from "../rules";
import { renderCatalogue } from "./catalogue";
import { loadRules } from "./load-configuration";

const EXIT = { fine: 0, broken: 1, usage: 2 } as const;

const HELP = `Usage: npm run policy -- [STACK] [options]
       npm run policy -- --state FILE [options]
       npm run policy -- --list

Evaluates the rules of the policy pack over the offline plan of a stack, without an AWS account and without the Pulumi CLI,
or over the exported state of any stack of yours.

  STACK              staging (the default), prod, or any other with a Pulumi.STACK.yaml
  --state FILE       a state from \`pulumi stack export\`; - for standard input
  --config FILE      configuration of the rules; default: policy/config/STACK.json, for a state the rules' own defaults
  --list             the rules, as a table
  --markdown FILE    write the report for a pull request; - for standard output
  --sarif FILE       write it as SARIF 2.1.0, for code scanning
  --json FILE        write it as JSON; - for standard output
  --help             show this text

Exit codes: 0 no mandatory rule is broken; 1 one is, or the stack's configuration is refused; 2 the command was called wrongly.
`;

interface Options {
    readonly stack: string;
    readonly state?: string;
    readonly config?: string;
    readonly list: boolean;
    readonly markdown?: string;
    readonly sarif?: string;
    readonly json?: string;
    readonly help: boolean;
}

/** Runs the command; the result is its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
    const folder = process.cwd();
    try {
        const options = parse(argv);
        if (options.help) return say(HELP);
        const { columns = 80, isTTY } = process.stdout;
        if (options.list) return say(`${renderCatalogue(RULES, columns).join("\n")}\n`);

        const { rules, file } = loadRules(
            folder,
            options.state === undefined ? options.stack : undefined,
            options.config,
        );
        const { subject, resources } =
            options.state === undefined ? await plan(folder, options.stack) : read(options.state);
        const report = reportOn(subject, resources, rules, file);
        const onScreen = write(options, report, resources, folder);
        if (!onScreen) {
            const color = isTTY && process.env["NO_COLOR"] === undefined;
            say(`${renderPolicies(report, { width: Math.max(60, Math.min(columns, 120)), color }).join("\n")}\n`);
        }
        return report.passed ? EXIT.fine : EXIT.broken;
    } catch (error) {
        if (error instanceof ConfigError) return fail(error.message, EXIT.broken);
        if (error instanceof ConfigurationError) return fail(error.message, EXIT.usage);
        if (error instanceof UsageError)
            return fail(`policy: ${error.message}\nSee npm run policy -- --help`, EXIT.usage);
        throw error;
    }
}

/** Loaded only when it is needed: a state is judged without the program. */
async function plan(folder: string, stack: string): Promise<{ subject: string; resources: Resource[] }> {
    const { evaluate } = await import("../../plan/graph");
    const graph = await evaluate(stack, readStackFile(folder, stack));
    return { subject: stack, resources: graph.resources.map(planned) };
}

function read(state: string): { subject: string; resources: Resource[] } {
    const name = state === "-" ? "standard input" : state;
    let text: string;
    try {
        text = readFileSync(state === "-" ? 0 : state, "utf8");
    } catch (error) {
        throw new UsageError(`cannot read ${name}: ${reason(error)}`);
    }
    try {
        return { subject: state === "-" ? "state" : basename(state), resources: resourcesOfState(text) };
    } catch (error) {
        throw new UsageError(`${name}: ${reason(error)}; make one with pulumi stack export --file FILE`);
    }
}

/** Writes what was asked for; tells whether standard output has been used. */
function write(options: Options, report: PolicyReport, resources: readonly Resource[], folder: string): boolean {
    const forms: [string | undefined, () => string][] = [
        [options.markdown, () => policyMarkdown(report)],
        [options.json, () => `${JSON.stringify(policyJson(report), null, 2)}\n`],
        [options.sarif, () => sarifOf(report, resources, folder)],
    ];
    for (const [file, render] of forms) {
        if (file === undefined) continue;
        if (file === "-") say(render());
        else save(resolve(folder, file), render());
    }
    return forms.some(([file]) => file === "-");
}

/** Findings without a source of their own stand at the stack's configuration. */
function sarifOf(report: PolicyReport, resources: readonly Resource[], folder: string): string {
    const own = stacksIn(folder).includes(report.subject) ? `Pulumi.${report.subject}.yaml` : "Pulumi.yaml";
    const { version } = JSON.parse(readFileSync(join(folder, "policy", "package.json"), "utf8")) as { version: string };
    return `${JSON.stringify(policySarif(report, sourcesIn(folder, resources, own), version), null, 2)}\n`;
}

function parse(argv: readonly string[]): Options {
    const { values, positionals } = readArguments({
        args: [...argv],
        allowPositionals: true,
        options: {
            state: { type: "string" },
            config: { type: "string" },
            list: { type: "boolean", default: false },
            markdown: { type: "string" },
            sarif: { type: "string" },
            json: { type: "string" },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (positionals.length > 1) throw new UsageError(`one stack at a time, not ${positionals.join(" and ")}`);
    if (values.state !== undefined && positionals.length > 0) {
        throw new UsageError(`either the stack ${positionals[0]} or --state ${values.state}, not both`);
    }
    return { stack: positionals[0] ?? "staging", ...values };
}

function say(text: string): number {
    process.stdout.write(text);
    return EXIT.fine;
}

function fail(message: string, code: number): number {
    process.stderr.write(`${message}\n`);
    return code;
}

function reason(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
