import { readArguments, UsageError } from "../plan/usage";
import { connect, ConnectionError, Kube, KubeError } from "./kube";
import { evacuate } from "./evacuation";

const EXIT = { done: 0, refused: 1, usage: 2 } as const;

const HELP = `Usage: npm run evacuate -- --zone ZONE [options]

Moves the agents of a dead zone to the living ones: closes the zone's nodes to agents, gives up the claims on its volumes
and the pods that are stuck there. Each agent starts again elsewhere with a new volume, into which its state is restored
from the replica in S3. The old volumes are kept.

Before you start, make sure that the zone's instances are stopped, not only out of reach: an agent that runs on behind a
broken network would write to the same replica. Runbook: docs/runbooks.md#zone-evacuation.

  --zone ZONE        the zone, e.g. us-east-1a

Options:
  --dry-run          show what would be done, and change nothing
  --force            evacuate a zone that is alive: its agents are drained in order, as many at once as the
                     PodDisruptionBudgets allow, before their claims are given up
  --return           the way back, once the zone lives: opens its nodes and drains agents of the other zones until the
                     zones are even
  --wait MINUTES     give up when agents are not Ready after this time (default: 30; with --force
                     or --return: 240)
  --kubeconfig FILE  as for kubectl
  --context NAME     as for kubectl
  --help             show this text

The command can be interrupted and run again: it goes on from what it finds in the cluster.

Exit codes: 0 all agents are Ready; 1 refused, or not all agents are Ready; 2 the command was called wrongly or cannot
reach the cluster.
`;

/** Runs the command; the result is its exit code. */
export async function main(argv: readonly string[], print: (line: string) => void = console.log): Promise<number> {
    try {
        const options = parse(argv);
        if (options === "help") {
            process.stdout.write(HELP);
            return EXIT.done;
        }
        const connection = await connect(options);
        try {
            return (await evacuate(new Kube(connection.url), options, print)) ? EXIT.done : EXIT.refused;
        } finally {
            connection.close();
        }
    } catch (error) {
        if (error instanceof UsageError) return fail(`${error.message}\nSee npm run evacuate -- --help`, EXIT.usage);
        if (error instanceof ConnectionError) return fail(error.message, EXIT.usage);
        if (error instanceof KubeError) return fail(`${error.message}\nRun the command again to go on.`, EXIT.refused);
        throw error;
    }
}

function parse(argv: readonly string[]) {
    const { values } = readArguments({
        args: [...argv],
        options: {
            zone: { type: "string" },
            "dry-run": { type: "boolean", default: false },
            return: { type: "boolean", default: false },
            force: { type: "boolean", default: false },
            wait: { type: "string" },
            kubeconfig: { type: "string" },
            context: { type: "string" },
            help: { type: "boolean", short: "h" },
        },
    });
    const { zone, "dry-run": dryRun, force, return: back, kubeconfig, context, help } = values;
    if (help === true) return "help";
    if (zone === undefined || zone === "") throw new UsageError("--zone is missing, e.g. --zone us-east-1a");
    if (back && force) throw new UsageError("--return and --force exclude each other");
    const wait = Number(values.wait ?? (force || back ? 240 : 30));
    if (!(wait > 0)) throw new UsageError(`--wait takes a number of minutes above 0, not ${values.wait}`);
    return { zone, dryRun, force, back, waitMs: wait * 60_000, kubeconfig, context };
}

function fail(message: string, code: number): number {
    process.stderr.write(`evacuate: ${message}\n`);
    return code;
}

if (require.main === module) {
    // An orderly end, which takes the proxy along.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(EXIT.refused));
    void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
}
