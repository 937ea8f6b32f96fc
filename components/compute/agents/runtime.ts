import { heapMiB } from "../../model/capacity";
import { parseMemory } from "../../model/quantities";
import { bridge } from "./bridge";
import { litestreamConfig } from "./litestream-config";
import { openClawConfig, REQUIRED_PLUGINS, TELEMETRY_TOKEN_MARK } from "./openclaw-config";
import type { EnvironmentVariable, GatewayRuntime, Mount, RuntimeContainer, RuntimeEnvironment } from "./runtime-types";
import { scriptFile } from "./script-file";
import { type AgentClass, BRIDGE_HEALTH_PORT, CREDENTIALS_PORT, GATEWAY_PORT, statePrefix } from "./spec";
import { PATHS, TURN_SECONDS } from "./places";

export { PATHS, TURN_SECONDS } from "./places";
export type * from "./runtime-types";

/** Directories of the state volume, each mounted by its name. */
const STATE = { state: "openclaw", settings: "config", archive: "archive" } as const;

/** Databases of an agent, by the name of their replica. A pod holds one agent, `main`. */
export const DATABASES = {
    global: `${PATHS.state}/state/openclaw.sqlite`,
    agent: `${PATHS.state}/agents/main/agent/openclaw-agent.sqlite`,
    files: PATHS.archive,
} as const;

/**
 * Databases that stay on their volume: verdicts on the soundness of its files (`openclaw-quarantine`) say nothing about
 * another volume's.
 */
export const LOCAL_DATABASES: readonly string[] = [`${PATHS.state}/state/openclaw-quarantine.sqlite`];

/**
 * Time that turns are given to end before a pod stops. Longer than nearly all of them; a longer one is cut off, and taken
 * up again at the next start. Nodes must wait as long: `terminationGracePeriod` of the node pool.
 */
export const DRAIN_SECONDS = 240;
/**
 * From SIGTERM to the end. OpenClaw takes 20 s: three times it waits 5 s in vain for Litestream to let go of the shared
 * database. The last pass over the files and the last upload come after it.
 */
const STOP_SECONDS = 60;

const NAME: EnvironmentVariable<never> = { name: "POD_NAME", fieldPath: "metadata.name" };
const FILES: Mount = { volume: "files", mountPath: PATHS.files, readOnly: true };
const STATE_MOUNTS: readonly Mount[] = [
    { volume: "state", mountPath: PATHS.state, subPath: STATE.state },
    { volume: "state", mountPath: PATHS.settings, subPath: STATE.settings },
];
const ARCHIVE_MOUNT: Mount = { volume: "state", mountPath: "/mnt/archive", subPath: STATE.archive };
const SCRATCH_MOUNT: Mount = { volume: "scratch", mountPath: PATHS.temporary, subPath: "tmp" };

/** How OpenClaw runs in a pod of a class: containers, configuration, probes and the way it stops. */
export function gatewayRuntime<Text = string>(
    spec: AgentClass,
    environment: RuntimeEnvironment<Text>,
): GatewayRuntime<Text> {
    return {
        initContainers: [prepare(environment), restore(environment), unpack()],
        sidecars: [litestream(environment), archive(), bridge(spec, environment)],
        gateway: gateway(spec, environment),
        probes: {
            // Five minutes: an agent with much state, on a busy node, has taken nearly three (openclaw/openclaw#73276).
            startup: { path: "/startupz", periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 60 },
            // Generous: the event loop stands still for seconds at a time under load, and a restart costs a turn.
            liveness: { path: "/healthz", periodSeconds: 15, timeoutSeconds: 10, failureThreshold: 4 },
            // Not `/readyz`: that one also looks at chat channels, and an agent is ready without them.
            readiness: { path: "/startupz", periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
        },
        preStopCommand: ["node", `${PATHS.files}/drain.mjs`],
        terminationGracePeriodSeconds: DRAIN_SECONDS + STOP_SECONDS,
        files: {
            "openclaw.json": `${JSON.stringify(configOf(spec, environment), null, 2)}\n`,
            "litestream.yml": litestreamConfig(DATABASES, {
                bucket: "${STATE_BUCKET}",
                region: environment.region,
                endpoint: "${S3_ENDPOINT}",
                prefix: statePrefix(spec.name, "${POD_NAME}"),
            }),
            ...Object.fromEntries(
                ["prepare.mjs", "restore.sh", "replicate.sh", "archive.mjs", "drain.mjs"].map((script) => [
                    script,
                    scriptFile(`components/compute/agents/scripts/${script}`),
                ]),
            ),
        },
    };
}

function configOf(spec: AgentClass, { region, collectorUrl, proxyUrl }: RuntimeEnvironment<unknown>) {
    return openClawConfig({
        region,
        model: spec.model,
        skills: spec.skills,
        workspace: PATHS.workspace,
        tokenFile: PATHS.token,
        turnSeconds: TURN_SECONDS,
        collectorUrl,
        web: proxyUrl !== undefined,
    });
}

function prepare({ openclawVersion }: RuntimeEnvironment<unknown>): RuntimeContainer<never> {
    return {
        name: "prepare",
        image: "openclaw",
        command: ["node", `${PATHS.files}/prepare.mjs`],
        env: [
            NAME,
            { name: "STATE_VOLUME", value: PATHS.volume },
            { name: "STATE_DIRECTORIES", value: Object.values(STATE).join(",") },
            { name: "SCRATCH", value: PATHS.scratch },
            { name: "RUN", value: PATHS.run },
            { name: "CLASS_KEY_FILE", value: PATHS.classKey },
            { name: "TELEMETRY", value: PATHS.telemetry },
            { name: "TELEMETRY_TOKEN_MARK", value: TELEMETRY_TOKEN_MARK },
            { name: "CONFIG_FILE", value: `${PATHS.files}/openclaw.json` },
            { name: "OPENCLAW_VERSION", value: openclawVersion },
            { name: "REQUIRED_PLUGINS", value: REQUIRED_PLUGINS.join(",") },
        ],
        mounts: [
            { volume: "state", mountPath: PATHS.volume },
            { volume: "scratch", mountPath: PATHS.scratch },
            { volume: "run", mountPath: PATHS.run },
            { volume: "class-key", mountPath: "/mnt/class-key", readOnly: true },
            { volume: "telemetry", mountPath: PATHS.telemetry, readOnly: true },
            FILES,
        ],
        resources: { cpu: "50m", memory: "128Mi" },
    };
}

function restore<Text>(environment: RuntimeEnvironment<Text>): RuntimeContainer<Text> {
    return {
        name: "restore",
        image: "litestream",
        identity: true,
        command: ["/bin/sh", `${PATHS.files}/restore.sh`, ...Object.values(DATABASES)],
        env: [
            ...replicaEnvironment(environment),
            { name: "LITESTREAM_CONFIG", value: `${PATHS.files}/litestream.yml` },
        ],
        mounts: [...STATE_MOUNTS, ARCHIVE_MOUNT, FILES],
        resources: { cpu: "50m", memory: "256Mi" },
    };
}

function unpack(): RuntimeContainer<never> {
    return {
        name: "unpack",
        image: "openclaw",
        command: ["node", `${PATHS.files}/archive.mjs`, "unpack"],
        env: archiveEnvironment(),
        mounts: [...STATE_MOUNTS, ARCHIVE_MOUNT, FILES],
        resources: { cpu: "50m", memory: "128Mi" },
    };
}

function litestream<Text>(environment: RuntimeEnvironment<Text>): RuntimeContainer<Text> {
    return {
        name: "litestream",
        image: "litestream",
        identity: true,
        command: ["/bin/bash", `${PATHS.files}/replicate.sh`],
        // Go frees memory late unless it is told how much there is.
        env: [
            ...replicaEnvironment(environment),
            { name: "LITESTREAM_CONFIG", value: `${PATHS.files}/litestream.yml` },
            { name: "GATEWAY_PORT", value: String(GATEWAY_PORT) },
            { name: "GOMEMLIMIT", value: "72MiB" },
        ],
        mounts: [...STATE_MOUNTS, ARCHIVE_MOUNT, FILES],
        resources: { cpu: "20m", memory: "96Mi" },
    };
}

function archive(): RuntimeContainer<never> {
    return {
        name: "workspace-backup",
        image: "openclaw",
        command: ["node", "--max-old-space-size=24", "--max-semi-space-size=1", `${PATHS.files}/archive.mjs`, "keep"],
        env: archiveEnvironment(),
        mounts: [...STATE_MOUNTS.map((mount) => ({ ...mount, readOnly: true })), ARCHIVE_MOUNT, FILES],
        resources: { cpu: "10m", memory: "80Mi" },
    };
}

/** What AWS decides comes by the environment, so that the files of a class are plain text. */
function replicaEnvironment<Text>(environment: RuntimeEnvironment<Text>): EnvironmentVariable<Text>[] {
    return [
        NAME,
        { name: "AWS_REGION", value: environment.region },
        { name: "STATE_BUCKET", value: environment.stateBucket },
        { name: "S3_ENDPOINT", value: environment.s3EndpointUrl },
    ];
}

function archiveEnvironment(): EnvironmentVariable<never>[] {
    return [
        { name: "ARCHIVE", value: PATHS.archive },
        { name: "ARCHIVE_ROOTS", value: [PATHS.state, PATHS.settings].join(",") },
        { name: "ARCHIVE_SECONDS", value: "30" },
        { name: "ARCHIVE_MARK", value: "/mnt/archive/unpacked" },
    ];
}

function gateway(spec: AgentClass, { region, proxyUrl }: RuntimeEnvironment<unknown>): RuntimeContainer<never> {
    return {
        name: "gateway",
        image: "openclaw",
        // Arguments, not a command: the image's entry point is the init process that reaps what an agent's tools leave behind.
        args: ["node", "openclaw.mjs", "gateway", "--bind", "lan", "--port", String(GATEWAY_PORT)],
        env: [
            NAME,
            { name: "HOME", value: PATHS.home },
            { name: "OPENCLAW_STATE_DIR", value: PATHS.state },
            { name: "OPENCLAW_CONFIG_PATH", value: PATHS.config },
            // Writers of configuration refuse: the repository is where it is changed.
            { name: "OPENCLAW_CONFIG_READONLY", value: "1" },
            { name: "OPENCLAW_NO_RESPAWN", value: "1" },
            { name: "OPENCLAW_NO_AUTO_UPDATE", value: "1" },
            { name: "OPENCLAW_OFFLINE", value: "1" },
            { name: "OPENCLAW_DISABLE_BONJOUR", value: "1" },
            // V8 does not see the container's limit (openclaw/openclaw#96828).
            { name: "NODE_OPTIONS", value: `--max-old-space-size=${heapMiB(parseMemory(spec.memory))}` },
            { name: "TMPDIR", value: PATHS.temporary },
            { name: "XDG_CACHE_HOME", value: `${PATHS.temporary}/.cache` },
            { name: "npm_config_cache", value: `${PATHS.temporary}/.npm` },
            { name: "AWS_REGION", value: region },
            {
                name: "OTEL_RESOURCE_ATTRIBUTES",
                value: `openclaw.class=${spec.name},k8s.pod.name=$(POD_NAME),service.instance.id=$(POD_NAME)`,
            },
            // Node does not read the collector's certificate otherwise.
            { name: "NODE_EXTRA_CA_CERTS", value: PATHS.collector },
            // For preStop.
            { name: "GATEWAY_URL", value: `http://127.0.0.1:${GATEWAY_PORT}` },
            { name: "TOKEN_FILE", value: PATHS.token },
            { name: "DRAIN_SECONDS", value: String(DRAIN_SECONDS) },
            { name: "BRIDGE_URL", value: `http://127.0.0.1:${BRIDGE_HEALTH_PORT}` },
            ...(proxyUrl === undefined ? [] : proxyEnvironment(proxyUrl)),
            // Those of its model, from the bridge. The pod's own it does not get.
            {
                name: "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                value: `http://127.0.0.1:${CREDENTIALS_PORT}/credentials`,
            },
        ],
        mounts: [...STATE_MOUNTS, SCRATCH_MOUNT, { volume: "run", mountPath: PATHS.run, readOnly: true }, FILES],
    };
}

/**
 * The egress proxy, by the environment rather than by OpenClaw's own `proxy.proxyUrl`: that one sends everything but
 * loopback through the proxy and knows no exceptions, so models and telemetry would go there too.
 */
function proxyEnvironment(proxyUrl: string): EnvironmentVariable<never>[] {
    const direct = ["127.0.0.1", "localhost", "169.254.170.23", ".amazonaws.com", ".svc", ".svc.cluster.local"].join(
        ",",
    );
    return ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"]
        .map((name) => ({ name, value: proxyUrl }))
        .concat(["NO_PROXY", "no_proxy"].map((name) => ({ name, value: direct })));
}
