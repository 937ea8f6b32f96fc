import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Graph } from "./graph";
import type { PlannedResource, Properties, Value } from "./offline-engine";
import { UsageError } from "./usage";

/** A file of the manifests: its name below the folder, and its text. */
export interface ManifestFile {
    readonly name: string;
    readonly text: string;
}

const HEADER = "# Written by the offline plan: ids and ARNs of AWS in it are made up.\n";

/**
 * The Kubernetes objects of the plan, a file each, numbered so that `kubectl apply -f` takes them in order; and for each
 * chart its values, with chart and version on top. Charts are not rendered: that needs the network.
 */
export function manifestsOf(graph: Graph): ManifestFile[] {
    const objects = graph.resources.filter(isObject).map(({ inputs }) => inputs);
    const ordered = [...objects].sort((one, other) => orderOf(one) - orderOf(other));
    const files = ordered.map((object, index) => {
        const { name, namespace } = metadataOf(object);
        const parts = [String(index + 1).padStart(3, "0"), String(object["kind"]).toLowerCase(), namespace, name];
        return { name: `${parts.filter(Boolean).join("-")}.yaml`, text: HEADER + yaml(withDefaults(object)) };
    });
    return [...files, ...graph.resources.filter(({ type }) => type === RELEASE).map(valuesFile)];
}

/**
 * Writes the files into a folder that holds nothing else.
 *
 * @throws UsageError where the folder cannot be written, or holds files that are not from an earlier run.
 */
export function writeManifests(graph: Graph, folder: string): number {
    const files = manifestsOf(graph);
    try {
        mkdirSync(join(folder, "charts"), { recursive: true });
        for (const file of [...list(folder), ...list(join(folder, "charts"))]) {
            if (!file.endsWith(".yaml"))
                throw new UsageError(`${folder} holds ${file}: name a folder for manifests alone`);
            rmSync(file);
        }
        for (const { name, text } of files) writeFileSync(join(folder, name), text);
    } catch (error) {
        if (error instanceof UsageError) throw error;
        throw new UsageError(`cannot write to ${folder}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return files.length;
}

const RELEASE = "kubernetes:helm.sh/v3:Release";

function list(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(folder, entry.name));
}

function isObject({ type, inputs }: PlannedResource): boolean {
    return type.startsWith("kubernetes:") && typeof inputs["kind"] === "string";
}

/** Namespaces before what is in them, classes before their users, guards before the guarded, workloads last. */
const ORDER = [
    /^Namespace$/,
    /^(StorageClass|PriorityClass)$/,
    /^(ServiceAccount|Role|ClusterRole|RoleBinding|ClusterRoleBinding)$/,
    /^(ResourceQuota|LimitRange)$/,
    /Policy$/,
    /PolicyBinding$/,
    /^(ConfigMap|Secret|Service|PodDisruptionBudget|EC2NodeClass|NodePool|CiliumNodeConfig)$/,
];

function orderOf(object: Properties): number {
    const kind = String(object["kind"]);
    const rank = ORDER.findIndex((pattern) => pattern.test(kind));
    return rank === -1 ? (kind === "Job" ? ORDER.length + 1 : ORDER.length) : rank;
}

function metadataOf(object: Properties): { name: string; namespace: string } {
    const metadata = object["metadata"] as Properties | undefined;
    return { name: String(metadata?.["name"] ?? ""), namespace: String(metadata?.["namespace"] ?? "") };
}

/** Annotations for Pulumi alone do not belong into the cluster. */
function withDefaults(object: Properties): Properties {
    const metadata = object["metadata"] as Properties | undefined;
    const annotations = metadata?.["annotations"] as Properties | undefined;
    if (metadata === undefined || annotations === undefined) return object;
    const kept = Object.entries(annotations).filter(([key]) => !key.startsWith("pulumi.com/"));
    return { ...object, metadata: { ...metadata, annotations: Object.fromEntries(kept) } };
}

function valuesFile({ name, inputs }: PlannedResource): ManifestFile {
    const repository = (inputs["repositoryOpts"] as Properties | undefined)?.["repo"];
    const from = [inputs["chart"], inputs["version"], repository].filter(Boolean).map(String).join(", ");
    return {
        name: join("charts", `${name}.values.yaml`),
        text: `# Values of the chart ${from}\n${HEADER}${yaml(inputs["values"] ?? {})}`,
    };
}

function yaml(value: Value): string {
    return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
