import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PATHS } from "../../components/compute/agents/runtime";
import type {
    GatewayRuntime,
    ImageName,
    RuntimeContainer,
    VolumeName,
} from "../../components/compute/agents/runtime-types";
import { Broken, until } from "../components/report";

/** The user of agents, in the image and in the pod. */
export const AGENT_USER = 1000;

/** Programs of the images, as this machine has them. */
export interface Programs {
    readonly application: string;
    readonly dependencies: string;
    /** Folders with `node` and `litestream`. */
    readonly node: string;
    readonly litestream: string;
    /** The bridge's bundle. */
    readonly bridge: string;
}

/** Where the bridge's image holds it, and what it says itself (bridge/Dockerfile). The collector's certificate stands for RDS's. */
const BRIDGE_IMAGE = {
    program: "/opt/openclaw/bridge.cjs",
    entry: ["node", "--max-old-space-size=64", "--max-semi-space-size=2", "/opt/openclaw/bridge.cjs"],
    environment: { PGSSLROOTCERT: `${PATHS.telemetry}/ca.crt` },
} as const;

/** What an image runs where the pod names no command. */
const ENTRY: Readonly<Record<ImageName, readonly string[]>> = {
    openclaw: [],
    litestream: ["litestream"],
    bridge: BRIDGE_IMAGE.entry,
};

export interface PodOptions {
    readonly name: string;
    readonly folder: string;
    readonly runtime: GatewayRuntime;
    readonly programs: Programs;
    readonly classKey: Buffer;
    /** Of the collector. */
    readonly certificate: string;
    /** Variables besides the rendered ones, or in their place. */
    readonly environment: Readonly<Record<string, string>>;
}

export interface Finished {
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
}

/** A container of a pod that runs. */
export interface Running {
    readonly child: ChildProcess;
    readonly ended: Promise<Finished>;
    log(): string;
}

/**
 * An agent's pod on this machine: each container a process with the rendered command, environment, working directory, user,
 * read-only root and mounts. What a process is not: limits of memory and processor, seccomp, and an init process.
 */
export class Pod {
    readonly #options: PodOptions;
    readonly #running = new Map<string, Running>();
    #starts = 0;

    constructor(options: PodOptions) {
        this.#options = options;
        for (const volume of ["state", "run", "scratch", "files", "class-key", "telemetry"] as const) {
            mkdirSync(this.volume(volume), { recursive: true });
        }
        this.#own("state");
        this.clear();
        for (const [name, text] of Object.entries(options.runtime.files)) {
            writeFileSync(join(this.volume("files"), name), text, { mode: 0o444 });
        }
        writeFileSync(join(this.volume("class-key"), "class-key"), options.classKey);
        writeFileSync(join(this.volume("telemetry"), "token"), "drill.token");
        writeFileSync(join(this.volume("telemetry"), "ca.crt"), options.certificate);
    }

    volume(name: VolumeName): string {
        return join(this.#options.folder, name);
    }

    /** A file that a container sees on the state volume, as this machine sees it. */
    state(path: string): string {
        return join(this.volume("state"), "openclaw", path.slice(PATHS.state.length));
    }

    get token(): string {
        return readFileSync(join(this.volume("run"), "token"), "utf8");
    }

    get gateway(): Running {
        const running = this.#running.get("gateway");
        if (running === undefined) throw new Broken("the gateway does not run");
        return running;
    }

    /** What the kubelet makes anew for each pod: the volumes that end with it. */
    clear(): void {
        for (const volume of ["run", "scratch"] as const) {
            rmSync(this.volume(volume), { recursive: true, force: true });
            mkdirSync(this.volume(volume));
            this.#own(volume);
        }
    }

    /** Runs the init containers, one after the other. */
    async initialize(): Promise<void> {
        for (const container of this.#options.runtime.initContainers) await this.finish(container);
    }

    /** Starts sidecars and gateway. */
    start(): void {
        for (const container of [...this.#options.runtime.sidecars, this.#options.runtime.gateway])
            this.#start(container);
    }

    /** Runs a container to its end, which must be a good one. */
    async finish(container: RuntimeContainer): Promise<string> {
        const running = this.#start(container);
        const { code, signal } = await running.ended;
        if (code !== 0)
            throw new Broken(`${container.name} ended with ${code ?? signal}: ${running.log().slice(-1500)}`);
        return running.log();
    }

    /** Runs a command in the gateway's container, as its hooks do. */
    async exec(command: readonly string[]): Promise<Finished & { output: string }> {
        const { gateway } = this.#options.runtime;
        const running = this.#start({ ...gateway, name: "exec", args: command });
        return { ...(await running.ended), output: running.log() };
    }

    /** SIGTERM to the gateway, then to the sidecars in the reverse order of their start, as the kubelet does. */
    async stop(): Promise<Record<string, Finished & { seconds: number }>> {
        const order = ["gateway", ...this.#options.runtime.sidecars.map(({ name }) => name).reverse()];
        const result: Record<string, Finished & { seconds: number }> = {};
        for (const name of order) {
            const running = this.#running.get(name);
            if (running === undefined) continue;
            const started = performance.now();
            running.child.kill("SIGTERM");
            const limit = setTimeout(() => signalGroup(running.child, "SIGKILL"), 60_000);
            result[name] = { ...(await running.ended), seconds: (performance.now() - started) / 1000 };
            clearTimeout(limit);
        }
        return result;
    }

    /** The machine is gone: nobody gets to say a last word. */
    async kill(): Promise<void> {
        const all = [...this.#running.values()];
        for (const { child } of all) signalGroup(child, "SIGKILL");
        await Promise.all(all.map(({ ended }) => ended));
    }

    /** Until the gateway says that it has started, or has ended. */
    async ready(limitSeconds: number): Promise<void> {
        const { path } = this.#options.runtime.probes.startup;
        await until("the gateway's start", limitSeconds, async () => {
            const { child, log } = this.gateway;
            if (child.exitCode !== null)
                throw new Broken(`the gateway ended with ${child.exitCode}: ${log().slice(-1500)}`);
            const status = await fetch(`http://127.0.0.1:18789${path}`).then(
                (response) => response.status,
                () => 0,
            );
            return status === 200 ? "" : `${path} answers ${status}`;
        });
    }

    #start(container: RuntimeContainer): Running {
        const { folder, environment } = this.#options;
        this.#starts += 1;
        const place = join(folder, `${container.name}-${this.#starts}`);
        mkdirSync(join(place, "root"), { recursive: true });
        const mounts = join(place, "mounts");
        writeFileSync(mounts, this.#mounts(container));
        const logFile = join(folder, `${container.name}.log`);
        const log = openSync(logFile, "a");
        const entry = container.command === undefined ? ENTRY[container.image] : [];
        const child = spawn(
            "unshare",
            [
                "--mount",
                "/bin/sh",
                join(__dirname, "enter.sh"),
                join(place, "root"),
                mounts,
                container.image === "openclaw" ? PATHS.application : "/",
                process.env["DRILL_ROOTLESS"] === undefined ? String(AGENT_USER) : "-",
                ...entry,
                ...(container.command ?? []),
                ...(container.args ?? []),
            ],
            {
                env: {
                    PATH: [
                        "/opt/node",
                        "/opt/litestream",
                        "/usr/local/bin",
                        "/usr/bin",
                        "/bin",
                        "/usr/sbin",
                        "/sbin",
                    ].join(":"),
                    ...(container.image === "bridge" && BRIDGE_IMAGE.environment),
                    ...rendered(container, this.#options.name),
                    ...pick(environment, container),
                },
                stdio: ["ignore", log, log],
                // A process group of its own, so that a power cut takes its children too.
                detached: true,
            },
        );
        closeSync(log);
        const ended = new Promise<Finished>((resolve) => {
            child.on("close", (code, signal) => {
                this.#running.delete(container.name);
                resolve({ code, signal });
            });
        });
        const running = { child, ended, log: () => readFileSync(logFile, "utf8").slice(-20_000) };
        this.#running.set(container.name, running);
        return running;
    }

    #mounts(container: RuntimeContainer): string {
        const { programs } = this.#options;
        const contents: Record<ImageName, string[][]> = {
            openclaw: [
                [programs.application, PATHS.application, "ro"],
                [programs.dependencies, "/node_modules", "ro"],
            ],
            litestream: [[programs.litestream, "/opt/litestream", "ro"]],
            bridge: [[programs.bridge, BRIDGE_IMAGE.program, "ro"]],
        };
        const image = [[programs.node, "/opt/node", "ro"], ...contents[container.image]];
        const volumes = container.mounts.map(({ volume, mountPath, subPath = "", readOnly }) => [
            join(this.volume(volume), subPath),
            mountPath,
            readOnly ? "ro" : "rw",
        ]);
        return [...image, ...volumes].map((mount) => `${mount.join(" ")}\n`).join("");
    }

    #own(volume: VolumeName): void {
        // As the kubelet leaves a volume with fsGroup: the root's, writable by the group.
        if (process.getuid?.() === 0 && process.env["DRILL_ROOTLESS"] === undefined) {
            chownSync(this.volume(volume), 0, AGENT_USER);
        }
        chmodSync(this.volume(volume), 0o2775);
    }
}

/** The variables as Kubernetes would set them: fields of the pod filled in, `$(NAME)` replaced. */
function rendered({ env }: RuntimeContainer, pod: string): Record<string, string> {
    const result: Record<string, string> = {};
    for (const { name, value, fieldPath } of env) {
        if (fieldPath !== undefined && fieldPath !== "metadata.name")
            throw new Broken(`no ${fieldPath} here for ${name}`);
        result[name] = (value ?? pod).replace(/\$\((\w+)\)/g, (whole, other: string) => result[other] ?? whole);
    }
    return result;
}

/** Credentials where Pod Identity gives them; other replacements where there is something to replace. */
function pick(
    environment: Readonly<Record<string, string>>,
    { env, identity }: RuntimeContainer,
): Record<string, string> {
    const known = new Set(env.map(({ name }) => name));
    return Object.fromEntries(
        Object.entries(environment).filter(([name]) => (name.startsWith("AWS_") ? identity : known.has(name))),
    );
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
    if (child.pid === undefined) return;
    try {
        process.kill(-child.pid, signal);
    } catch {
        // It has ended by itself.
    }
}
