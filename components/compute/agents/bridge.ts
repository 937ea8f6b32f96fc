import { TURNS_AT_ONCE } from "../../model/throughput";
import { TELEMETRY_SECRET } from "../telemetry-config";
import { PATHS, TURN_SECONDS } from "./places";
import type { EnvironmentVariable, RuntimeContainer, RuntimeEnvironment } from "./runtime-types";
import { type AgentClass, BRIDGE_HEALTH_PORT, CREDENTIALS_PORT, GATEWAY_PORT, TOOLS_PORT } from "./spec";

/**
 * The bridge of an agent (bridge/): joins its gateway to brokers and database. The last sidecar to start, so that the gateway finds
 * its tools there, and the first to stop after it. Whether brokers and database answer is no condition for an agent's start: the
 * pod is Ready once they have, and stays so when one of them is away for a while.
 */
export function bridge<Text>(
    { councils, model }: Pick<AgentClass, "councils" | "model">,
    environment: RuntimeEnvironment<Text>,
): RuntimeContainer<Text> {
    return {
        name: "bridge",
        image: "bridge",
        identity: true,
        env: [
            { name: "AGENT", fieldPath: "metadata.name" },
            { name: "COUNCILS", value: councils.join(",") },
            { name: "ENVIRONMENT", value: environment.platformName },
            { name: "MODEL", value: model },
            { name: "AWS_REGION", value: environment.region },
            { name: "KAFKA_BROKERS", value: environment.brokers },
            // The image holds the certificates that vouch for it, PGSSLROOTCERT.
            { name: "PGHOST", value: environment.database.host },
            { name: "PGDATABASE", value: environment.database.name },
            { name: "GATEWAY_URL", value: `http://127.0.0.1:${GATEWAY_PORT}` },
            { name: "GATEWAY_TOKEN_FILE", value: PATHS.token },
            { name: "TURN_SECONDS", value: String(TURN_SECONDS) },
            { name: "TURNS_AT_ONCE", value: String(TURNS_AT_ONCE) },
            { name: "MCP_PORT", value: String(TOOLS_PORT) },
            { name: "HEALTH_PORT", value: String(BRIDGE_HEALTH_PORT) },
            // The gateway asks it for credentials, which are this role's.
            { name: "MODEL_ROLE_ARN", value: environment.modelRoleArn },
            { name: "CREDENTIALS_PORT", value: String(CREDENTIALS_PORT) },
            ...reporting(environment.collectorUrl),
        ],
        mounts: [
            { volume: "run", mountPath: PATHS.run, readOnly: true },
            // Not what `prepare` has copied: a token that is replaced reaches a bridge that runs.
            { volume: "telemetry", mountPath: PATHS.telemetry, readOnly: true },
        ],
        resources: { cpu: "50m", memory: "128Mi" },
        health: {
            port: { name: "health", number: BRIDGE_HEALTH_PORT },
            probes: {
                // The gateway waits for this one: a minute, of which a quiet node takes one second.
                startup: { path: "/healthz", periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 60 },
                liveness: { path: "/healthz", periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 4 },
                readiness: { path: "/readyz", periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
            },
        },
    };
}

function reporting(collectorUrl: string): EnvironmentVariable<never>[] {
    return [
        { name: "COLLECTOR_URL", value: collectorUrl },
        { name: "COLLECTOR_TOKEN_FILE", value: `${PATHS.telemetry}/${TELEMETRY_SECRET.token}` },
        { name: "NODE_EXTRA_CA_CERTS", value: `${PATHS.telemetry}/${TELEMETRY_SECRET.certificate}` },
    ];
}
