import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, parse } from "yaml";
import { parseConfig } from "../../config";
import { parseStackFile } from "../../plan/stack-file";
import type { Settings } from "../../settings/schema";
import { run } from "../components/cache";
import { PATIENCE_SECONDS } from "../components/report";
import type { KubernetesObject } from "./objects";

const root = join(__dirname, "..", "..");
export const KUBECTL =
    "install it (https://kubernetes.io/docs/tasks/tools/); the drill applies manifests and drains nodes with it";
const FILE = "Pulumi.prod.yaml";
const CLASSES = ["config", "openclaw:fleet", "classes"];

/** What is different from the committed prod. */
export interface Change {
    /** Agents in all, the classes scaled alike. */
    readonly agents?: number;
    /** Another image of OpenClaw: its tag, in which a word says what its containers do; its digest is made up. */
    readonly imageTag?: string;
}

/** A Kubernetes object of the plan and its file. */
export interface Manifest {
    readonly file: string;
    readonly object: KubernetesObject & { readonly kind: string; readonly apiVersion: string };
}

export interface Rendered {
    readonly settings: Settings;
    readonly manifests: readonly Manifest[];
}

/** Prod's objects, as `npm run plan -- prod --manifests DIR` writes them, from prod's configuration with a change. */
export async function render(folder: string, change: Change = {}): Promise<Rendered> {
    mkdirSync(folder, { recursive: true });
    const text = stackFile(change);
    writeFileSync(join(folder, FILE), text);
    const target = join(folder, "manifests");
    // More agents than prod has need more than its ceilings allow: what is asked here is whether the cluster carries them.
    const policies = join(folder, "policies.json");
    writeFileSync(policies, '{ "all": "advisory" }');
    const plan = [join(root, "plan", "cli.cjs"), "prod", "--manifests", target, "--policies", policies];
    await run(process.execPath, plan, { cwd: folder });
    const files = readdirSync(target).filter((file) => file.endsWith(".yaml"));
    const manifests = files.sort().map((file): Manifest => {
        const object = parse(readFileSync(join(target, file), "utf8")) as Manifest["object"];
        return { file: join(target, file), object };
    });
    return { settings: parseConfig(parseStackFile(text, FILE)), manifests };
}

/** Gives the objects to the API server, as a person would; the result is how many it took. */
export async function apply(kubeconfig: string, manifests: readonly Manifest[]): Promise<number> {
    if (manifests.length === 0) return 0;
    const files = manifests.flatMap(({ file }) => ["-f", file]);
    const said = await kubectl(kubeconfig, ["apply", "--server-side", "--force-conflicts", ...files]);
    return said.split("\n").filter((line) => line.endsWith("serverside-applied")).length;
}

export function kubectl(kubeconfig: string, args: readonly string[]): Promise<string> {
    return run("kubectl", ["--kubeconfig", kubeconfig, ...args], { why: KUBECTL, limitSeconds: 3 * PATIENCE_SECONDS });
}

function stackFile({ agents, imageTag }: Change): string {
    const document = parseDocument(readFileSync(join(root, FILE), "utf8"));
    if (agents !== undefined) {
        const classes = document.getIn(CLASSES);
        const sizes = Object.entries(toPlain(classes) as Record<string, { agents: number }>);
        const total = sizes.reduce((sum, [, each]) => sum + each.agents, 0);
        for (const [name, each] of sizes) {
            document.setIn([...CLASSES, name, "agents"], Math.max(1, Math.round((each.agents * agents) / total)));
        }
    }
    if (imageTag !== undefined) {
        const image = ["config", "openclaw:fleet", "image"];
        document.setIn([...image, "tag"], imageTag);
        document.setIn([...image, "digest"], `sha256:${createHash("sha256").update(imageTag).digest("hex")}`);
    }
    return document.toString();
}

function toPlain(node: unknown): unknown {
    return typeof node === "object" && node !== null && "toJSON" in node && typeof node.toJSON === "function"
        ? (node.toJSON() as unknown)
        : node;
}
