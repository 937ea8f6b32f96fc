import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { KARPENTER_VERSION } from "../../components/compute/agent-nodes";
import { CILIUM_VERSION } from "../../components/compute/cilium";
import { cached, execute, progress, run } from "./cache";
import { unzip } from "./zip";

/*
 * A real Kubernetes control plane, its simulated nodes and the definitions of custom resources, all from Go modules:
 * no container engine and no download of binaries.
 */

/** EKS' own control plane is this minor release (Pulumi.prod.yaml); the patch release is the newest there is as a module. */
const KUBERNETES = "v1.35.4";
const ETCD = "v3.6.14";
const KWOK = "v0.8.0";

export interface ControlPlaneBinaries {
    readonly etcd: string;
    readonly apiServer: string;
    readonly scheduler: string;
    readonly controllerManager: string;
    readonly kwok: string;
}

/** Builds what is missing: about eight minutes of processor time the first time, nothing afterwards. */
export async function controlPlaneBinaries(): Promise<ControlPlaneBinaries> {
    const etcd = await cached("etcd", ETCD, (folder) => build(folder, "go.etcd.io/etcd/server/v3", ETCD, [""], "etcd"));
    const kwok = await cached("kwok", KWOK, (folder) => build(folder, "sigs.k8s.io/kwok", KWOK, ["cmd/kwok"]));
    const kubernetes = await cached("kubernetes", KUBERNETES, buildKubernetes);
    return {
        etcd: join(etcd, "etcd"),
        kwok: join(kwok, "kwok"),
        apiServer: join(kubernetes, "kube-apiserver"),
        scheduler: join(kubernetes, "kube-scheduler"),
        controllerManager: join(kubernetes, "kube-controller-manager"),
    };
}

/** The folder with the definitions (CRDs) of Karpenter's and Cilium's resources, of the releases that the program installs. */
export async function resourceDefinitions(): Promise<string> {
    const version = `karpenter-${KARPENTER_VERSION}-cilium-${CILIUM_VERSION}`;
    return cached("definitions", version, async (folder) => {
        const sources = [
            ["github.com/aws/karpenter-provider-aws", KARPENTER_VERSION, /\/pkg\/apis\/crds\/[^/]+\.yaml$/],
            ["github.com/cilium/cilium", CILIUM_VERSION, /\/cilium\.io\/client\/crds\/[^/]+\/[^/]+\.yaml$/],
        ] as const;
        for (const [module, version, pattern] of sources) {
            const files = await filesOf(module, `v${version}`, pattern);
            for (const [path, text] of files) await writeFile(join(folder, basename(path)), text);
        }
    });
}

const FLAGS = ["-mod=mod", "-trimpath", "-buildvcs=false"];
const STRIP = "-s -w";

/** Builds commands of a module from a scratch module that requires it. */
async function build(folder: string, module: string, version: string, commands: string[], name = ""): Promise<void> {
    const scratch = join(folder, "source");
    await mkdir(scratch);
    await writeFile(join(scratch, "go.mod"), `module build\n\ngo 1.25\n\nrequire ${module} ${version}\n`);
    const packages = commands.map((command) => [module, command].filter(Boolean).join("/"));
    await go(["build", ...FLAGS, "-ldflags", STRIP, "-o", join(folder, name), ...packages], scratch);
    await rm(scratch, { recursive: true });
}

/**
 * Kubernetes' own go.mod points at folders of its repository for its parts; as modules they carry the version v0.x.y. Its
 * version is stamped at build time: without it the API server says v0.0.0, and clients refuse to speak to it.
 */
async function buildKubernetes(folder: string): Promise<void> {
    const module = "k8s.io/kubernetes";
    const scratch = join(folder, "source");
    await mkdir(scratch);
    const parts = KUBERNETES.replace(/^v1\./, "v0.");
    for (const [path, text] of await filesOf(module, KUBERNETES, /^k8s\.io\/kubernetes@[^/]+\/go\.(mod|sum)$/)) {
        const rewritten = text
            .toString("utf8")
            .replace(/^module .*$/m, `module build\n\nrequire ${module} ${KUBERNETES}`)
            .replace(/=> \.\/staging\/src\/(\S+)/g, (_, part: string) => `=> ${part} ${parts}`);
        await writeFile(join(scratch, basename(path)), rewritten);
    }
    const stamp = `${STRIP} -X k8s.io/component-base/version.gitVersion=${KUBERNETES}`;
    const servers = ["kube-apiserver", "kube-scheduler", "kube-controller-manager"];
    progress("kubernetes: three servers, about six minutes of processor time");
    const packages = servers.map((server) => `${module}/cmd/${server}`);
    await go(["build", ...FLAGS, "-ldflags", stamp, "-o", `${folder}/`, ...packages], scratch);
    await rm(scratch, { recursive: true });
}

/**
 * Files of a module's archive. The archive and not the folder that Go unpacks it to: that is missing where a module asks
 * for a newer Go than there is, which does not matter to whoever only reads its files.
 */
async function filesOf(module: string, version: string, pattern: RegExp): Promise<Map<string, Buffer>> {
    const { output, said } = await execute("go", ["mod", "download", "-json", `${module}@${version}`], { why: GO });
    const answer = output.startsWith("{") ? (JSON.parse(output) as { readonly Zip?: string }) : {};
    if (answer.Zip === undefined) throw new Error(`${module}@${version} cannot be had:\n${output}${said}`);
    const files = unzip(await readFile(answer.Zip), pattern);
    if (files.size === 0) throw new Error(`${module}@${version} has no file like ${pattern.source}`);
    return files;
}

const GO = "install Go 1.25 or newer (https://go.dev/doc/install); the drill builds real components with it";

function go(args: readonly string[], cwd: string): Promise<string> {
    return run("go", args, { cwd, env: { CGO_ENABLED: "0" }, why: GO });
}
