import { resolve } from "node:path";
import { loadRules } from "../policy/cli/load-configuration";
import { ConfigurationError } from "../policy/engine/configuration";
import { planned } from "../policy/engine/planned";
import { type PolicyReport, reportOn } from "../policy/report/report";
import { ConfigError } from "../settings/problem";
import { evaluate } from "./graph";
import { toJson } from "./json";
import { writeManifests } from "./manifests";
import { renderText } from "./text";
import { readStackFile } from "./stack-file";
import { readArguments, save, UsageError } from "./usage";

const EXIT = { fine: 0, refused: 1, broken: 1, usage: 2 } as const;

const HELP = `Usage: npm run plan -- [STACK] [options]

Shows what \`pulumi up\` would build for a stack, from the committed Pulumi.STACK.yaml, and what the policies say of it:
the program runs in this process with a stand-in for Pulumi's engine. No AWS account, no Pulumi CLI and no network are
needed, and nothing is created.

  STACK            the stack to plan: staging (the default), prod, or any other with a Pulumi.STACK.yaml

Options:
  --full           list every resource, not only how many there are of each type
  --manifests DIR  write the Kubernetes objects as YAML, a file each, for review and for other tools
  --json FILE      write the resource graph as JSON; - for standard output (use npm run --silent then)
  --policies FILE  configuration of the policies; default: policy/config/STACK.json
  --help           show this text

Exit codes: 0 the plan is shown and keeps every policy that must hold; 1 it breaks one, or the configuration is refused;
2 the command was called wrongly.
`;

interface Options {
    readonly stack: string;
    readonly full: boolean;
    readonly json?: string;
    readonly manifests?: string;
    readonly policies?: string;
    readonly help: boolean;
}

/** Runs the command; the result is its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
    const folder = process.cwd();
    try {
        const options = parse(argv);
        if (options.help) {
            process.stdout.write(HELP);
            return EXIT.fine;
        }
        const started = performance.now();
        progress(`Planning ${options.stack} ...`);
        const config = readStackFile(folder, options.stack);
        const { rules, file } = loadRules(folder, options.stack, options.policies);
        const graph = await evaluate(options.stack, config);
        const policies = reportOn(options.stack, graph.resources.map(planned), rules, file);
        progress("");
        if (options.json === "-") {
            process.stdout.write(toJson(graph, policies));
            return verdict(policies);
        }
        const seconds = (performance.now() - started) / 1000;
        const { columns = 80, isTTY } = process.stdout;
        const color = isTTY && process.env["NO_COLOR"] === undefined;
        process.stdout.write(renderText(graph, policies, { width: columns, color, full: options.full, seconds }));
        if (options.json !== undefined) {
            save(resolve(folder, options.json), toJson(graph, policies));
            process.stdout.write(`\nThe resource graph is in ${options.json}.\n`);
        }
        if (options.manifests !== undefined) {
            const count = writeManifests(graph, resolve(folder, options.manifests));
            process.stdout.write(`\n${count} manifests are in ${options.manifests}.\n`);
        }
        return verdict(policies);
    } catch (error) {
        progress("");
        if (error instanceof ConfigError) return fail(error.message, EXIT.refused);
        if (error instanceof ConfigurationError) return fail(error.message, EXIT.usage);
        if (error instanceof UsageError) return fail(`plan: ${error.message}\nSee npm run plan -- --help`, EXIT.usage);
        throw error;
    }
}

function parse(argv: readonly string[]): Options {
    const { values, positionals } = readArguments({
        args: [...argv],
        allowPositionals: true,
        options: {
            full: { type: "boolean" },
            json: { type: "string" },
            manifests: { type: "string" },
            policies: { type: "string" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (positionals.length > 1) throw new UsageError(`one stack at a time, not ${positionals.join(" and ")}`);
    const { full = false, help = false, ...rest } = values;
    return { stack: positionals[0] ?? "staging", full, help, ...rest };
}

function verdict({ passed }: PolicyReport): number {
    return passed ? EXIT.fine : EXIT.broken;
}

/** One line that is written over; only for a person who watches. */
function progress(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
}

function fail(message: string, code: number): number {
    process.stderr.write(`${message}\n`);
    return code;
}
