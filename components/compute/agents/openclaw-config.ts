import { TURNS_AT_ONCE } from "../../model/throughput";
import { GATEWAY_PORT, TOOLS_PORT } from "./spec";

/** Stands for the class's token at the collector until the pod starts: the configuration itself holds no secret. */
export const TELEMETRY_TOKEN_MARK = "@TELEMETRY_TOKEN@";

/** What differs between the `openclaw.json` of two classes. */
export interface OpenClawSettings {
    readonly region: string;
    /** Model on Amazon Bedrock: an inference profile or model id. */
    readonly model: string;
    /** Bundled skills that are on; every other one is off. */
    readonly skills: readonly string[];
    readonly workspace: string;
    /** File with the gateway's token. */
    readonly tokenFile: string;
    /** Longest turn, after which OpenClaw ends it. Unit: seconds. */
    readonly turnSeconds: number;
    readonly collectorUrl: string;
    /** Whether tools reach the web, through the egress proxy of the environment. */
    readonly web: boolean;
}

export type OpenClawConfig = ReturnType<typeof openClawConfig>;

const BEDROCK = "amazon-bedrock";
const TELEMETRY = "diagnostics-otel";
/** What an agent's tools of the bridge begin with: `fleet__council_open`. */
const BRIDGE = "fleet";

/**
 * Plugins that are not part of OpenClaw's npm package and that the image must hold. The official image holds the second
 * alone; one with both is built from OpenClaw's source with `--build-arg OPENCLAW_EXTENSIONS="amazon-bedrock diagnostics-otel"`.
 */
export const REQUIRED_PLUGINS: readonly string[] = [BEDROCK, TELEMETRY];

/**
 * `openclaw.json` of OpenClaw 2026.9. The schema is strict: a key it does not know stops the start, so each release may
 * need another version of this function, and it is tried on the real program (npm run drill:gateway).
 */
export function openClawConfig(settings: OpenClawSettings) {
    const { region, model, skills, workspace, tokenFile, turnSeconds, collectorUrl, web } = settings;
    return {
        gateway: {
            mode: "local",
            port: GATEWAY_PORT,
            // Sidecars would be content with loopback, but kubelet probes the pod's address, and a probe that starts a
            // Node process for each look would cost more than the agent. Nothing else comes in: network policies, token.
            bind: "lan",
            auth: { mode: "token", token: { source: "file", provider: "pod", id: "value" } },
            // People watch agents through telemetry. With the web page off an unknown path is 404; with it on, any path
            // answers 200, and a probe that asks for a wrong one would always pass.
            controlUi: { enabled: false },
            terminal: { enabled: false },
            cliAgents: { enabled: false },
            // A pod's configuration is that of its start; the next one comes with the roll-out, in waves.
            reload: { mode: "off" },
            nodes: {
                pairing: { autoApproveLocal: false, sshVerify: false },
                pluginTools: { enabled: false },
                allowSkills: false,
                browser: { mode: "off" },
            },
            http: {
                endpoints: {
                    // The bridge's door: the answer comes when the turn has ended.
                    responses: {
                        enabled: true,
                        maxUrlParts: 0,
                        files: { allowUrl: false },
                        images: { allowUrl: false },
                    },
                },
            },
        },
        secrets: { providers: { pod: { source: "file", path: tokenFile, mode: "singleValue" } } },
        models: {
            // Bedrock and nothing else, whatever keys the environment may hold.
            mode: "replace",
            catalogRefresh: { enabled: false },
            providers: {
                [BEDROCK]: {
                    // Inside the VPC this name is the interface endpoint.
                    baseUrl: `https://bedrock-runtime.${region}.amazonaws.com`,
                    api: "bedrock-converse-stream",
                    // The default credential chain: Pod Identity.
                    auth: "aws-sdk",
                    models: [{ id: model, name: model }],
                },
            },
        },
        agents: {
            defaults: {
                model: { primary: `${BEDROCK}/${model}` },
                // An empty list of allowed bundled skills would mean all of them; here it means none.
                skills: [...skills],
                workspace,
                timeoutSeconds: turnSeconds,
                maxConcurrent: TURNS_AT_ONCE,
                // Councils give the work: nobody pays for an agent that wakes up to find nothing to do.
                heartbeat: { every: "0m" },
            },
            entries: { main: {} },
        },
        skills: { allowBundled: [...skills], install: { allowUploadedArchives: false } },
        plugins: {
            allow: [BEDROCK, TELEMETRY, "admin-http-rpc", "memory-core"],
            entries: {
                [BEDROCK]: { enabled: true, config: { discovery: { enabled: false } } },
                [TELEMETRY]: { enabled: true },
                // Draining before a stop asks for it: over HTTP in 50 MiB, where OpenClaw's own command line is a second
                // OpenClaw within the same memory limit. The token is full power with or without it.
                "admin-http-rpc": { enabled: true },
            },
        },
        mcp: {
            // The bridge beside it, which has started before: councils, messages, memory, decisions, skills.
            servers: { [BRIDGE]: { url: `http://127.0.0.1:${TOOLS_PORT}/mcp`, transport: "streamable-http" } },
        },
        // Vectors would need an embedding model; memory that is searched by meaning lives in tier 3.
        memory: { search: { enabled: false } },
        tools: {
            // Otherwise the bridge's tools hide behind a search for tools, and a member would look for them in each round.
            toolSearch: false,
            web: { search: { enabled: false }, fetch: { enabled: web, useTrustedEnvProxy: web } },
        },
        diagnostics: {
            enabled: true,
            otel: {
                enabled: true,
                endpoint: collectorUrl,
                protocol: "http/protobuf",
                serviceName: "openclaw-agent",
                headers: { authorization: `Bearer ${TELEMETRY_TOKEN_MARK}` },
                metrics: true,
                // The collector makes durations of turns of them, and lets them go.
                traces: true,
                sampleRate: 1,
                // Logs go to the container's output as JSON, from where the node ships them.
                logs: false,
                captureContent: false,
            },
        },
        logging: { level: "info", consoleLevel: "info", consoleStyle: "json", maxFileBytes: 32 * 1024 * 1024 },
        // Archived transcripts would be files that a database refers to, and the two are not restored as one.
        session: { maintenance: { coldStorage: { enabled: false } } },
        browser: { enabled: false },
        discovery: { mdns: { mode: "off" } },
        // The image decides the release.
        update: { checkOnStart: false, auto: { enabled: false } },
        telemetry: { enabled: false },
    };
}
