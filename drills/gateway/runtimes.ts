import { gatewayRuntime, TURN_SECONDS } from "../../components/compute/agents/runtime";
import { REQUIRED_PLUGINS } from "../../components/compute/agents/openclaw-config";
import type { GatewayRuntime } from "../../components/compute/agents/runtime-types";
import type { Settings } from "../../settings/schema";

/** Of the stand-in for S3. */
export const BUCKET = "agent-state";

/** The image's tag may say more than the release, e.g. `2026.9.6-slim`. */
export function releaseOf(tag: string): string {
    return /^\d+\.\d+\.\d+/.exec(tag)?.[0] ?? tag;
}

/** What runs in the pods of each class of a stack, with the stand-in for S3 where S3 is. */
export function runtimesOf(stack: string, settings: Settings, storeUrl: string): Record<string, GatewayRuntime> {
    return Object.fromEntries(
        Object.entries(settings.fleet.classes).map(([name, each]) => [
            name,
            gatewayRuntime(
                { name, ...each },
                {
                    platformName: `openclaw-${stack}`,
                    region: settings.region,
                    stateBucket: BUCKET,
                    s3EndpointUrl: storeUrl,
                    collectorUrl: "https://collector.openclaw-telemetry.svc.cluster.local:4318",
                    brokers: "brokers.invalid:9098",
                    modelRoleArn: `arn:aws:iam::${settings.account}:role/${name}-model`,
                    database: { host: "database.invalid", name: "openclaw" },
                    proxyUrl:
                        each.allowedDomains.length > 0
                            ? `http://proxy-${name}.openclaw-egress.svc.cluster.local:3128`
                            : undefined,
                    openclawVersion: releaseOf(settings.fleet.image.tag),
                },
            ),
        ]),
    );
}

/** The runtime with the model's stand-in where Bedrock is. Everything else stays as rendered. */
export function withStandIns(runtime: GatewayRuntime, port: number): GatewayRuntime {
    const config = JSON.parse(runtime.files["openclaw.json"] ?? "") as {
        agents: { defaults: object };
        plugins: { allow: string[]; entries: Record<string, object> };
    };
    const here = (id: string) => !REQUIRED_PLUGINS.includes(id);
    const replaced = {
        ...config,
        models: {
            mode: "replace",
            catalogRefresh: { enabled: false },
            providers: {
                "stand-in": {
                    baseUrl: `http://127.0.0.1:${port}/v1`,
                    apiKey: "none",
                    api: "openai-completions",
                    // A turn that the drill holds is as long as the drill likes.
                    timeoutSeconds: TURN_SECONDS,
                    models: [{ id: "model", name: "model" }],
                },
            },
        },
        agents: { ...config.agents, defaults: { ...config.agents.defaults, model: { primary: "stand-in/model" } } },
        // OpenClaw would ask npm for a plugin it lacks, for minutes.
        plugins: {
            allow: config.plugins.allow.filter(here),
            entries: Object.fromEntries(Object.entries(config.plugins.entries).filter(([id]) => here(id))),
        },
    };
    return { ...runtime, files: { ...runtime.files, "openclaw.json": JSON.stringify(replaced, null, 2) } };
}
