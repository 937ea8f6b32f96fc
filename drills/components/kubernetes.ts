import { chmod, copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, progress, run } from "./cache";

/*
 * A real Kubernetes control plane, its simulated nodes and the definitions of custom resources, all from Go modules:
 * no container engine and no download of binaries.
 */

/** EKS' own control plane is this minor release (Pulumi.prod.yaml); the patch release is the newest there is as a module. */
const KUBERNETES = "v1.35.4";
const ETCD = "v3.6.14";
const KWOK = "v0.8.0";
/** The releases whose charts the program installs. */
const KARPENTER = "v1.14.0";
const CILIUM = "v1.20.1";

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

/** The folder with the definitions (CRDs) of Karpenter's and Cilium's resources. */
export async function resourceDefinitions(): Promise<string> {
    return cached("definitions", `karpenter-${KARPENTER}-cilium-${CILIUM}`, async (folder) => {
        const karpenter = await moduleFolder("github.com/aws/karpenter-provider-aws", KARPENTER);
        await copyYaml(join(karpenter, "pkg", "apis", "crds"), folder);
        const cilium = await moduleFolder("github.com/cilium/cilium", CILIUM);
        const crds = join(cilium, "pkg", "k8s", "apis", "cilium.io", "client", "crds");
        for (const version of ["v2", "v2alpha1"]) await copyYaml(join(crds, version), folder);
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
    const source = await moduleFolder(module, KUBERNETES);
    const scratch = join(folder, "source");
    await mkdir(scratch);
    const own = await readFile(join(source, "go.mod"), "utf8");
    const parts = KUBERNETES.replace(/^v1\./, "v0.");
    const rewritten = own
        .replace(/^module .*$/m, "module build")
        .replace(/=> \.\/staging\/src\/(\S+)/g, (_, part: string) => `=> ${part} ${parts}`);
    await writeFile(join(scratch, "go.mod"), `${rewritten}\nrequire ${module} ${KUBERNETES}\n`);
    await copyFile(join(source, "go.sum"), join(scratch, "go.sum"));
    await chmod(join(scratch, "go.sum"), 0o644);
    const stamp = `${STRIP} -X k8s.io/component-base/version.gitVersion=${KUBERNETES}`;
    const servers = ["kube-apiserver", "kube-scheduler", "kube-controller-manager"];
    progress("kubernetes: three servers, about six minutes of processor time");
    const packages = servers.map((server) => `${module}/cmd/${server}`);
    await go(["build", ...FLAGS, "-ldflags", stamp, "-o", `${folder}/`, ...packages], scratch);
    await rm(scratch, { recursive: true });
}

/** Where Go keeps the sources of a module. */
async function moduleFolder(module: string, version: string): Promise<string> {
    const answer = await go(["mod", "download", "-json", `${module}@${version}`]);
    const { Dir } = JSON.parse(answer) as { readonly Dir?: string };
    if (Dir === undefined) throw new Error(`go mod download ${module}@${version} named no folder:\n${answer}`);
    return Dir;
}

function go(args: readonly string[], cwd?: string): Promise<string> {
    const why = "install Go 1.25 or newer (https://go.dev/doc/install); the drill builds real components with it";
    return run("go", args, { cwd, env: { CGO_ENABLED: "0" }, why });
}

async function copyYaml(from: string, to: string): Promise<void> {
    for (const file of await readdir(from)) {
        if (!file.endsWith(".yaml")) continue;
        await copyFile(join(from, file), join(to, file));
        await chmod(join(to, file), 0o644);
    }
}
