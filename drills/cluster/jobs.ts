import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { request } from "node:https";
import { dirname, join } from "node:path";
import { endWithUs, type Workshop } from "../components/processes";
import type { Api } from "./api";
import type { ControlPlane } from "./control-plane";
import type { Container, KubernetesObject, Pod } from "./objects";

interface ConfigMap extends KubernetesObject {
    readonly data?: Readonly<Record<string, string>>;
}

export interface Ended {
    readonly exitCode: number;
    readonly output: string;
}

/**
 * Runs the pods of jobs for real: the first container's command as a process of this machine, with its environment, the
 * files of its ConfigMaps, and the rights of its service account, which the API server checks.
 */
export class JobRunner {
    readonly #running = new Map<string, ChildProcess>();

    constructor(
        private readonly plane: ControlPlane,
        private readonly workshop: Workshop,
    ) {}

    async run(pod: Pod): Promise<Ended> {
        const { api } = this.plane;
        const { namespace = "", name, uid = "" } = pod.metadata;
        const [container] = pod.spec.containers;
        if (container === undefined) throw new Error(`${namespace}/${name} has no container`);
        // What an image starts by itself is in the image: the database's tool, which has a drill of its own.
        if (container.command === undefined) return { exitCode: 0, output: "left out: its program is in its image" };
        const folder = this.workshop.path("jobs", uid);
        await writeFiles(api, pod, container, folder);
        const account = pod.spec.serviceAccountName ?? "default";
        const { status } = await api.create<{ status: { token: string } }>(
            `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
            { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
        );
        const gateway = await forward(api, status.token);
        try {
            return await this.#execute(pod, container, folder, gateway.url);
        } finally {
            gateway.server.closeAllConnections();
            gateway.server.close();
        }
    }

    /** The pod is deleted: its process ends with it. */
    end(pod: Pod): void {
        this.#running.get(pod.metadata.uid ?? "")?.kill("SIGTERM");
    }

    async #execute(pod: Pod, container: Container, folder: string, url: string): Promise<Ended> {
        const [program = "", ...args] = [...(container.command ?? []), ...(container.args ?? [])].map((each) =>
            mounted(each, container, folder),
        );
        const env = { PATH: process.env["PATH"], ...environment(pod, container), KUBE_API_URL: url };
        const child = spawn(program === "node" ? process.execPath : program, args, {
            cwd: folder,
            env,
            stdio: ["ignore", "pipe", "pipe"],
        });
        const { uid = "" } = pod.metadata;
        this.#running.set(uid, child);
        endWithUs(child);
        let output = "";
        const keep = (chunk: Buffer) => (output += String(chunk));
        child.stdout.on("data", keep);
        child.stderr.on("data", keep);
        const exitCode = await new Promise<number>((resolve, reject) => {
            child.on("error", reject);
            child.on("close", (code) => resolve(code ?? 143));
        });
        this.#running.delete(uid);
        writeFileSync(join(folder, "output.log"), output);
        return { exitCode, output };
    }
}

/** The files of mounted ConfigMaps, below the folder instead of the root. */
async function writeFiles(api: Api, pod: Pod, container: Container, folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    for (const { name, mountPath } of container.volumeMounts ?? []) {
        const map = pod.spec.volumes?.find((volume) => volume.name === name)?.configMap;
        if (map === undefined) continue;
        const path = `/api/v1/namespaces/${pod.metadata.namespace}/configmaps/${map.name}`;
        const { data = {} } = await api.get<ConfigMap>(path);
        for (const [file, text] of Object.entries(data)) {
            const target = join(folder, mountPath, file);
            mkdirSync(dirname(target), { recursive: true });
            writeFileSync(target, text);
        }
    }
}

function mounted(argument: string, container: Container, folder: string): string {
    const below = container.volumeMounts?.some(({ mountPath }) => argument.startsWith(`${mountPath}/`));
    return below ? join(folder, argument) : argument;
}

function environment({ metadata }: Pod, { env = [] }: Container): Record<string, string> {
    const fields: Record<string, string | undefined> = {
        "metadata.name": metadata.name,
        "metadata.namespace": metadata.namespace,
        "metadata.uid": metadata.uid,
    };
    return Object.fromEntries(
        env
            // The way to the API server is the drill's own, and its certificate is known there.
            .filter(({ name }) => name !== "NODE_EXTRA_CA_CERTS")
            .map(({ name, value, valueFrom }) => [name, value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ""] ?? ""]),
    );
}

/** An address without encryption or authentication that speaks to the API server as the service account. */
async function forward(api: Api, token: string): Promise<{ server: Server; url: string }> {
    const server = createServer((incoming, outgoing) => {
        const headers = { ...incoming.headers, authorization: `Bearer ${token}`, host: `127.0.0.1:${api.port}` };
        const { method, url } = incoming;
        const onward = request({ ...api.target(url ?? "/"), method, headers }, (answer) => {
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(outgoing);
        });
        onward.on("error", () => outgoing.destroy());
        incoming.pipe(onward);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no address for a job's way to the API");
    return { server, url: `http://127.0.0.1:${address.port}` };
}
