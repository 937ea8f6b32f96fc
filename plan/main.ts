import { resolve } from "node:path";
import { loadRules } from "../policy/cli/load-configuration";
import { ConfigurationError } from "../policy/engine/configuration";
import { planned } from "../policy/engine/planned";
import { type PolicyReport, reportOn } from "../policy/report/report";
import { ConfigError } from "../settings/problem";
import { compare } from "./compare/compare";
import { documentOf } from "./document/build";
import type { PlanDocument } from "./document/schema";
import { evaluate, type Graph } from "./graph";
import { toJson } from "./json";
import { writeManifests } from "./manifests";
import { type RawConfig, readStackFile } from "./stack-file";
import { renderText } from "./text/render";
import { readArguments, save, UsageError } from "./usage";
import { withAgents, withValues } from "./what-if";

const EXIT = { fine: 0, refused: 1, broken: 1, usage: 2 } as const;

const HELP = `Usage: npm run plan -- [STACK] [options]

Shows what \`pulumi up\` would build for a stack, from the committed Pulumi.STACK.yaml: what carries each promise, what becomes of
it when one part is lost, whether it fits, what it costs a month, and what the policies say. The program runs in this process with
a stand-in for Pulumi's engine. No AWS account, no Pulumi CLI and no network are needed, and nothing is created.

  STACK            the stack to plan: staging (the default), prod, or any other with a Pulumi.STACK.yaml

What if:
  --set KEY=VALUE  plan with another value, e.g. --set fleet.classes.analyst.agents=400 or --set 'network.zones[2]=us-east-1c';
                   may be given several times; the effect on everything is shown
  --agents N       plan with so many agents, each class in its share

Compare:
  --compare BASE   what differs from BASE: a git revision, whose own program is run, or a file that --json wrote

Output:
  --full           everything: each resource, each line of cost, each effect of a loss
  --json FILE      write the plan as JSON (docs/plan.schema.json); - for standard output (use npm run --silent then)
  --markdown FILE  write the plan as Markdown, for a pull request
  --html FILE      write the plan as one page, for people who sign it
  --manifests DIR  write the Kubernetes objects as YAML, a file each, for review and for other tools
  --policies FILE  configuration of the policies; default: policy/config/STACK.json
  --help           show this text

Exit codes: 0 the plan is shown and keeps every policy that must hold; 1 it breaks one, would remove or replace what is protected,
or the configuration is refused; 2 the command was called wrongly.
`;

type Options = ReturnType<typeof parse>;

/** A plan with all that was made on the way to it. */
interface Planned {
    readonly graph: Graph;
    readonly policies: PolicyReport;
    readonly document: PlanDocument;
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
        const plan = await planWith(folder, options);
        progress("");
        if (options.json === "-") {
            process.stdout.write(toJson(plan.document));
            return verdict(plan);
        }
        const seconds = (performance.now() - started) / 1000;
        const { columns = 80, isTTY } = process.stdout;
        const color = isTTY && process.env["NO_COLOR"] === undefined;
        const { graph, policies, document } = plan;
        process.stdout.write(
            renderText(document, graph, policies, { width: columns, color, full: options.full, seconds }),
        );
        for (const line of await writeFiles(folder, options, plan)) process.stdout.write(`\n${line}\n`);
        return verdict(plan);
    } catch (error) {
        progress("");
        if (error instanceof ConfigError) return fail(error.message, EXIT.refused);
        if (error instanceof ConfigurationError) return fail(error.message, EXIT.usage);
        if (error instanceof UsageError) return fail(`plan: ${error.message}\nSee npm run plan -- --help`, EXIT.usage);
        throw error;
    }
}

/** The plan that was asked for, with the difference to what it is compared with: a base, or itself without what-if. */
async function planWith(folder: string, options: Options): Promise<Planned> {
    const { stack } = options;
    const committed = readStackFile(folder, stack);
    const changed = changedBy(committed, options);
    progress(`Planning ${stack} ...`);
    const plan = await planOf(folder, stack, changed, options.policies);
    if (options.compare !== undefined) {
        progress(`Planning ${stack} of ${options.compare} ...`);
        const { readBase } = await import("./compare/base");
        const { name, document } = await readBase(folder, stack, options.compare);
        return against(plan, document, name);
    }
    if (changed === committed) return plan;
    progress(`Planning ${stack} as it is committed ...`);
    const { document } = await planOf(folder, stack, committed, options.policies);
    return against(plan, document, `Pulumi.${stack}.yaml`);
}

function against(plan: Planned, base: PlanDocument, name: string): Planned {
    return { ...plan, document: { ...plan.document, comparison: compare(base, plan.document, name) } };
}

async function planOf(folder: string, stack: string, config: RawConfig, policyFile?: string): Promise<Planned> {
    const { rules, file } = loadRules(folder, stack, policyFile);
    const graph = await evaluate(stack, config);
    const policies = reportOn(stack, graph.resources.map(planned), rules, file);
    return {
        graph,
        policies,
        document: documentOf(graph, policies),
    };
}

/** The configuration with the values that the command gives; itself where there are none. */
function changedBy(config: RawConfig, { set, agents }: Options): RawConfig {
    const values = set.length === 0 ? config : withValues(config, set);
    return agents === undefined ? values : withAgents(values, agents);
}

/** Writes the other forms of the plan; says of each where it is. */
async function writeFiles(folder: string, options: Options, { graph, policies, document }: Planned): Promise<string[]> {
    const said: string[] = [];
    const write = (file: string, text: string, what: string) => {
        save(resolve(folder, file), text);
        said.push(`${what} in ${file}.`);
    };
    if (options.json !== undefined) write(options.json, toJson(document), "The plan as JSON is");
    if (options.markdown !== undefined) {
        const { planMarkdown } = await import("./markdown");
        write(options.markdown, planMarkdown(document, policies), "The plan as Markdown is");
    }
    if (options.html !== undefined) {
        const { renderPage } = await import("./page/page");
        write(options.html, renderPage(document), "The plan as a page is");
    }
    if (options.manifests !== undefined) {
        const count = writeManifests(graph, resolve(folder, options.manifests));
        said.push(`${count} manifests are in ${options.manifests}.`);
    }
    return said;
}

function parse(argv: readonly string[]) {
    const { values, positionals } = readArguments({
        args: [...argv],
        allowPositionals: true,
        options: {
            set: { type: "string", multiple: true, default: [] },
            agents: { type: "string" },
            compare: { type: "string" },
            full: { type: "boolean", default: false },
            json: { type: "string" },
            markdown: { type: "string" },
            html: { type: "string" },
            manifests: { type: "string" },
            policies: { type: "string" },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (positionals.length > 1) throw new UsageError(`one stack at a time, not ${positionals.join(" and ")}`);
    const agents = values.agents === undefined ? undefined : Number(values.agents);
    if (agents !== undefined && !(Number.isInteger(agents) && agents > 0)) {
        throw new UsageError(`--agents must be a whole number from 1, not ${values.agents}`);
    }
    return { ...values, agents, stack: positionals[0] ?? "staging" };
}

function verdict({ policies, document }: Planned): number {
    const refused = document.comparison?.changes.some(({ kind }) => kind === "refused") ?? false;
    return policies.passed && !refused ? EXIT.fine : EXIT.broken;
}

/** One line that is written over; only for a person who watches. */
function progress(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
}

function fail(message: string, code: number): number {
    process.stderr.write(`${message}\n`);
    return code;
}
