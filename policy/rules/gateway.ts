import type { Resource } from "../engine/resource";
import { type ReportResource, resourceRule, type Rule, type RuleText } from "../engine/rule";
import type { Reader, Value } from "../engine/value";

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const FILE = "openclaw.json";

/** Values that OpenClaw's configuration must have, by path. */
type Required = Readonly<Record<string, Value>>;

/** OpenClaw's configuration in a ConfigMap; undefined where it holds none. */
function configurationIn({ props }: Resource): Reader | undefined {
    return props
        .entries("data")
        .find(([name]) => name === FILE)?.[1]
        .json();
}

/** A rule that some values are what they must be; one that is missing would be OpenClaw's own default, of whatever release. */
function gatewayRule(text: Omit<RuleText, "url" | "references">, required: Required): Rule {
    return resourceRule({
        ...text,
        references: ["NSA/CISA Pod security", "openclaw promise 1"],
        url: "https://docs.openclaw.ai/gateway/configuration",
        types: [CONFIG_MAP],
        check(resource: Resource, report: ReportResource) {
            const configuration = configurationIn(resource);
            if (configuration === undefined) return;
            for (const [path, wanted] of Object.entries(required)) {
                const found = configuration.raw(path);
                if (found === undefined) report(`${FILE} does not set ${path}, ${JSON.stringify(wanted)} is required`);
                else if (found !== wanted) {
                    report(`${FILE} sets ${path} to ${JSON.stringify(found)}, ${JSON.stringify(wanted)} is required`);
                }
            }
        },
    });
}

export const gatewayAuthenticated = gatewayRule(
    {
        name: "gateway-authenticated",
        description:
            "Every agent's gateway asks for a token that is read from the pod's memory, never written in a configuration",
        severity: "critical",
        remediation: "Set gateway.auth.mode to token, with a token whose source is a file below /run.",
    },
    {
        "gateway.auth.mode": "token",
        "gateway.auth.token.source": "file",
        "gateway.auth.token.provider": "pod",
        "secrets.providers.pod.source": "file",
        "secrets.providers.pod.path": "/run/openclaw/token",
    },
);

export const gatewaySurfaces = gatewayRule(
    {
        name: "gateway-surfaces-off",
        description: "An agent's gateway offers nothing but the endpoint that the platform uses",
        severity: "high",
        remediation:
            "Turn the surface off in openclaw.json: what is not there cannot be reached by a mistake in a network policy.",
    },
    {
        "gateway.controlUi.enabled": false,
        "gateway.terminal.enabled": false,
        "gateway.cliAgents.enabled": false,
        "gateway.nodes.pairing.autoApproveLocal": false,
        "gateway.nodes.pairing.sshVerify": false,
        "gateway.nodes.pluginTools.enabled": false,
        "gateway.nodes.allowSkills": false,
        "gateway.nodes.browser.mode": "off",
        "gateway.http.endpoints.responses.files.allowUrl": false,
        "gateway.http.endpoints.responses.images.allowUrl": false,
        "browser.enabled": false,
        "discovery.mdns.mode": "off",
    },
);

export const gatewayFixed = gatewayRule(
    {
        name: "gateway-fixed",
        description:
            "An agent runs the models, skills and release that it was given, and changes none of them by itself",
        severity: "high",
        remediation:
            "Turn updates, catalogues and uploads off in openclaw.json: a change goes through a pull request and a roll-out.",
    },
    {
        "models.mode": "replace",
        "models.catalogRefresh.enabled": false,
        "plugins.entries.amazon-bedrock.config.discovery.enabled": false,
        "skills.install.allowUploadedArchives": false,
        "gateway.reload.mode": "off",
        "update.checkOnStart": false,
        "update.auto.enabled": false,
    },
);

export const gatewayDiscreet = gatewayRule(
    {
        name: "gateway-discreet",
        description: "An agent reports figures to the platform's collector, and contents to nobody",
        severity: "high",
        remediation: "Turn diagnostics on with captureContent off, and OpenClaw's own telemetry and web tools off.",
    },
    {
        "diagnostics.enabled": true,
        "diagnostics.otel.enabled": true,
        "diagnostics.otel.metrics": true,
        "diagnostics.otel.captureContent": false,
        "diagnostics.otel.logs": false,
        "telemetry.enabled": false,
        "tools.web.search.enabled": false,
    },
);

export const configurationImmutable = resourceRule({
    name: "gateway-configuration-immutable",
    description:
        "The configuration of running agents is never changed under them: a change is another object and a roll-out",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set immutable on the ConfigMap and name it by its content.",
    url: "https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable",
    types: [CONFIG_MAP],
    check(resource, report) {
        if (configurationIn(resource) === undefined) return;
        if (resource.props.flag("immutable") !== true) report("holds the configuration of agents and can be changed");
    },
});

export const gatewayRules = [
    gatewayAuthenticated,
    gatewaySurfaces,
    gatewayFixed,
    gatewayDiscreet,
    configurationImmutable,
];
