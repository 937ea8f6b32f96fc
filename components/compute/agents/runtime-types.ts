/**
 * What runs in an agent's pod, apart from how Kubernetes carries it: the runtime says commands, files and environment,
 * the pod says volumes, limits and security. Both agree by the names in this file.
 */

/** Where the runtime lives. All of it is known before anything is deployed, so that the files of a class are plain text. */
export interface RuntimeEnvironment {
    /** Prefix of physical names, e.g. `openclaw-prod`. */
    readonly platformName: string;
    readonly region: string;
    /** OTLP over HTTP: base URL of the collector. */
    readonly collectorUrl: string;
    /** The way out of a class that names domains; absent where there is none. */
    readonly proxyUrl?: string;
    /** Release of OpenClaw, e.g. `2026.9.6`: the rendered configuration is that release's. */
    readonly openclawVersion: string;
}

/** One variable: a value, or a field of the pod such as `metadata.name`. */
export type EnvironmentVariable =
    { readonly name: string; readonly value: string } | { readonly name: string; readonly fieldPath: string };

/** A probe over HTTP on the gateway's port. */
export interface HttpProbe {
    readonly path: string;
    readonly periodSeconds: number;
    readonly timeoutSeconds: number;
    readonly failureThreshold: number;
}

/** Which image a container of the pod is made of. */
export type RuntimeImage = "openclaw" | "litestream";

/** A container beside the gateway. Its first word is `command`, so that the image's own entry point plays no part. */
export interface RuntimeContainer {
    readonly image: RuntimeImage;
    readonly command: readonly string[];
    /** Beyond what every container gets: {@link GatewayRuntime.commonEnv}. */
    readonly env?: readonly EnvironmentVariable[];
}

/** One class's runtime, as plain data. */
export interface GatewayRuntime {
    /** Arguments of the gateway; the image's entry point (an init process) stays. */
    readonly args: readonly string[];
    /** Environment of every container of the pod: where things are, region, name of the pod. */
    readonly commonEnv: readonly EnvironmentVariable[];
    /** Environment of the gateway alone, its heap limit among it (`NODE_OPTIONS`). */
    readonly env: readonly EnvironmentVariable[];
    /**
     * Files of the class by name, mounted read-only at {@link PATHS.files} in every container: openclaw.json, litestream.yml,
     * scripts. They do not depend on what AWS names (bucket, endpoint): that comes through {@link DEPLOYED_ENV}.
     */
    readonly files: Readonly<Record<string, string>>;
    readonly probes: { readonly startup: HttpProbe; readonly readiness: HttpProbe; readonly liveness: HttpProbe };
    /** Run in the gateway's container before it is told to stop: lets a turn end. */
    readonly preStop: readonly string[];
    /** From the start of `preStop` to the kill, for all containers of the pod one after the other. */
    readonly terminationGracePeriodSeconds: number;
    /** Makes directories, derives the token, puts the configuration in place. Sees the whole volume and the class's key. */
    readonly prepare: RuntimeContainer;
    /** Brings state back from the replica where the volume is empty. */
    readonly restore: RuntimeContainer;
    /** Replicates databases while the gateway runs, and a last time after it has stopped. */
    readonly litestream: RuntimeContainer;
    /** Saves workspace files, where Litestream does not do that as well. */
    readonly workspaceBackup?: RuntimeContainer;
}

/** Variables whose values AWS decides: every container of the pod has them. */
export const DEPLOYED_ENV = {
    /** Name of the bucket of agents' state. */
    stateBucket: "OPENCLAW_STATE_BUCKET",
    /** URL of S3 inside the VPC. */
    s3Endpoint: "OPENCLAW_S3_ENDPOINT",
} as const;

/** Where things are inside a pod. */
export const PATHS = {
    home: "/home/node",
    /** OpenClaw's state: directory `openclaw` of the volume. */
    state: "/home/node/.openclaw",
    /** OpenClaw's key of authentication profiles: directory `config` of the volume. */
    credentials: "/home/node/.config/openclaw",
    /** Sticky scratch space. */
    tmp: "/tmp",
    /** Memory, never disk: the pod's own token. Written by `prepare`, read-only elsewhere. */
    secrets: "/run/openclaw",
    token: "/run/openclaw/token",
    /** Files of the class, read-only. */
    files: "/etc/openclaw",
    /** `prepare` alone: the root of the state volume. */
    volume: "/volume",
    /** `prepare` alone: the root of the scratch space. */
    scratch: "/scratch",
    /** `prepare` alone: the class's key. */
    classKey: "/run/class/class-key",
} as const;

/** Directories that `prepare` makes, so that they are its user's own with its mode, and that containers mount by subPath. */
export const DIRECTORIES = {
    /** In the volume, mode 0700. */
    state: "openclaw",
    /** In the volume, mode 0700. */
    credentials: "config",
    /** In the scratch space, mode 1777. */
    tmp: "tmp",
} as const;

/** User and group of everything in the pod: `node` of OpenClaw's image. */
export const AGENT_UID = 1000;
