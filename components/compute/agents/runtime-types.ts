/**
 * What a pod of a class is told about the platform it runs in. `Text` is what AWS decides: plain text in a drill, an output
 * in the program. It ends up in the environment alone, so that files and commands are known before anything is deployed.
 */
export interface RuntimeEnvironment<Text = string> {
    readonly platformName: string;
    readonly region: string;
    /** Bucket that holds the replicas of the agents' state. */
    readonly stateBucket: Text;
    /** S3 through the VPC's interface endpoint, e.g. `https://bucket.vpce-0123-abcd.s3.us-east-1.vpce.amazonaws.com`. */
    readonly s3EndpointUrl: Text;
    /** OpenTelemetry collector, e.g. `https://collector.openclaw-telemetry.svc.cluster.local:4318`. */
    readonly collectorUrl: string;
    /** Where bridges begin, as `host:port` with commas between. */
    readonly brokers: Text;
    /** What bridges log in to: the pool where there is one. */
    readonly database: { readonly host: Text; readonly name: string };
    /** ARN of the role that may invoke the class's model, and nothing else. */
    readonly modelRoleArn: Text;
    /** Egress proxy of the class; only where it names allowed domains. */
    readonly proxyUrl?: string;
    /** Release that the image must hold, e.g. `2026.9.6`: `openclaw.json` is written for this one. */
    readonly openclawVersion: string;
}

/** One environment variable: a value, or a field of the pod. */
export interface EnvironmentVariable<Text = string> {
    readonly name: string;
    readonly value?: string | Text;
    /** Path of a field of the pod, e.g. `metadata.name`. */
    readonly fieldPath?: string;
}

/**
 * Volumes of an agent pod.
 * - `state`: the agent's own block volume; survives the pod.
 * - `run`: in memory; holds the token and the configuration of this start.
 * - `scratch`: on the node, within the limit of ephemeral storage.
 * - `files`: the class's ConfigMap.
 * - `class-key`: the class's Secret; only `prepare` sees it.
 * - `telemetry`: the class's Secret for the collector; only `prepare` and the bridge see it.
 */
export type VolumeName = "state" | "run" | "scratch" | "files" | "class-key" | "telemetry";

export interface Mount {
    readonly volume: VolumeName;
    readonly mountPath: string;
    /** Directory within the volume; `prepare` makes it before anyone mounts it. */
    readonly subPath?: string;
    readonly readOnly?: boolean;
}

/** Images that a pod of an agent is made of. */
export type ImageName = "openclaw" | "litestream" | "bridge";

/** One container of an agent pod, as far as the program in it decides; security and policy are the pod's. */
export interface RuntimeContainer<Text = string> {
    readonly name: string;
    readonly image: ImageName;
    /** Replaces the image's entry point. */
    readonly command?: readonly string[];
    /** Goes to the image's entry point. */
    readonly args?: readonly string[];
    readonly env: readonly EnvironmentVariable<Text>[];
    readonly mounts: readonly Mount[];
    /** Whether it gets the pod's own AWS credentials. Never where the agent's shell is: what it asks for there is its own affair. */
    readonly identity?: true;
    /** Of init containers and sidecars; the gateway's come from its class. Memory: request and limit at once. */
    readonly resources?: { readonly cpu: string; readonly memory: string };
    /** Where it is asked how it is; absent where nothing listens. */
    readonly health?: { readonly port: { readonly name: string; readonly number: number }; readonly probes: Probes };
}

export interface Probes {
    readonly startup: HttpProbe;
    readonly liveness: HttpProbe;
    readonly readiness: HttpProbe;
}

/** An HTTP probe. */
export interface HttpProbe {
    readonly path: string;
    readonly periodSeconds: number;
    readonly timeoutSeconds: number;
    readonly failureThreshold: number;
}

/** All that a pod needs to run OpenClaw. Containers start in the order in which they stand here. */
export interface GatewayRuntime<Text = string> {
    /** Run once each, one after the other: `prepare`, `restore`, `unpack`. */
    readonly initContainers: readonly RuntimeContainer<Text>[];
    /** Init containers with `restartPolicy: Always`: `litestream`, `archive`, `bridge`; they stop in the reverse order. */
    readonly sidecars: readonly RuntimeContainer<Text>[];
    readonly gateway: RuntimeContainer<Text>;
    /** Of the gateway, on its port. */
    readonly probes: Probes;
    /** Drains turns; runs in the gateway's container before SIGTERM. */
    readonly preStopCommand: readonly string[];
    readonly terminationGracePeriodSeconds: number;
    /** Content of the ConfigMap: `openclaw.json`, `litestream.yml` and the scripts. */
    readonly files: Readonly<Record<string, string>>;
}
