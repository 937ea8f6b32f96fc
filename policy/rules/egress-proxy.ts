import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { agentSettings, eachAgent, mainContainers } from "./support/agents";
import { each, isIn, kinds, objectsIn, objectsOf, those } from "./support/kubernetes";
import { WORKLOADS } from "./support/pods";

const ENVOY = "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/http_conn_man";
const FILE = "envoy.json";

/** What of Envoy's configuration decides who gets out. */
interface Listener {
    readonly manager: Reader;
    readonly hosts: readonly Reader[];
}

function listenersIn(config: Reader): Listener[] {
    return config
        .list("static_resources.listeners")
        .flatMap((listener) => listener.list("filter_chains"))
        .flatMap((chain) => chain.list("filters"))
        .map((filter) => filter.get("typed_config"))
        .map((manager) => ({ manager, hosts: manager.list("route_config.virtual_hosts") }));
}

/** The configurations of Envoy that a ConfigMap holds. */
function configurations({ props }: { readonly props: Reader }): Reader[] {
    return props
        .entries("data")
        .filter(([key]) => key === FILE)
        .map(([, text]) => text.json());
}

export const proxyDomains = resourceRule({
    name: "egress-proxy-domains",
    description: "An egress proxy lets through what is on its list, and refuses the rest",
    severity: "critical",
    references: ["NSA/CISA Network separation", "openclaw promise 1"],
    remediation: "Name each domain with port 443, and answer 403 for the domain *.",
    url: ENVOY,
    types: kinds("ConfigMap"),
    settings: { port: z.int().min(1).default(443).describe("Port at which domains may be reached") },
    check(resource, report, { port }) {
        each(objectsIn(resource).flatMap(configurations), (config) => {
            const listeners = listenersIn(config);
            if (listeners.length === 0) report("listens to nobody");
            for (const { hosts } of listeners) {
                const rest = hosts.filter((host) => host.texts("domains").includes("*"));
                if (rest.length === 0) report("does not say what becomes of domains that are not on its list");
                for (const host of hosts) {
                    const domains = host.texts("domains");
                    const routes = host.list("routes");
                    const refuses = routes.filter((route) => route.number("direct_response.status") === 403);
                    const passes = routes.filter((route) => route.has("route") || route.has("redirect"));
                    if (domains.length === 0 || routes.length === 0) report("has a list without domains or routes");
                    if (refuses.length + passes.length < routes.length) report("answers otherwise than with 403");
                    const wide = domains.filter((domain) => !/^[a-z0-9-]+(\.[a-z0-9-]+)+:\d+$/.test(domain));
                    if (passes.length > 0 && wide.length > 0) report(`lets through ${wide.join(", ")}`);
                    const other = domains.filter((domain) => passes.length > 0 && !domain.endsWith(`:${port}`));
                    if (other.length > wide.length)
                        report(`lets through other ports than ${port}: ${other.join(", ")}`);
                    for (const route of passes) {
                        if (!route.has("match.connect_matcher"))
                            report("lets through more than tunnels that are asked for");
                    }
                }
            }
        });
    },
});

export const proxyLog = resourceRule({
    name: "egress-proxy-log",
    description: "An egress proxy notes who asked for what domain, and what became of it",
    severity: "medium",
    references: ["NSA/CISA Audit logging", "openclaw promise 7"],
    remediation: "Log to standard output, with time, client, domain, status and the bytes both ways.",
    url: "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
    types: kinds("ConfigMap"),
    settings: {
        operators: z
            .array(z.string())
            .default([
                "%START_TIME%",
                "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
                "%REQ(:AUTHORITY)%",
                "%RESPONSE_CODE%",
                "%BYTES_SENT%",
                "%BYTES_RECEIVED%",
            ])
            .describe("What each line has"),
    },
    check(resource, report, { operators }) {
        each(objectsIn(resource).flatMap(configurations), (config) => {
            for (const { manager } of listenersIn(config)) {
                const formats = manager
                    .list("access_log")
                    .filter((log) => /(Stdout|File)AccessLog$/.test(log.text("typed_config.@type") ?? ""))
                    .flatMap((log) => log.get("typed_config.log_format.json_format").entries())
                    .map(([, value]) => value.text() ?? "");
                const missing = operators.filter((operator) => !formats.includes(operator));
                if (missing.length > 0) report(`does not note ${missing.join(", ")}`);
            }
        });
    },
});

export const proxyLimits = resourceRule({
    name: "egress-proxy-limits",
    description:
        "An egress proxy has an end of connections, memory and waiting, so that one agent cannot take all of it",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation:
        "Set max_active_downstream_connections in the overload manager, per_connection_buffer_limit_bytes and the timeouts of headers and streams.",
    url: "https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge",
    types: kinds("ConfigMap"),
    settings: {
        connections: z.int().min(1).default(5000).describe("Connections at most"),
        bufferBytes: z.int().min(1).default(262_144).describe("Memory of one connection at most"),
    },
    check(resource, report, { connections, bufferBytes }) {
        each(objectsIn(resource).flatMap(configurations), (config) => {
            const most = config
                .list("overload_manager.resource_monitors")
                .flatMap((monitor) => monitor.number("typed_config.max_active_downstream_connections") ?? []);
            if (!most.some((count) => count >= 1 && count <= connections)) {
                report(`takes ${most.join(", ") || "any number of"} connections, ${connections} are the most`);
            }
            for (const listener of config.list("static_resources.listeners")) {
                const bytes = listener.number("per_connection_buffer_limit_bytes");
                if (bytes === undefined || bytes < 1 || bytes > bufferBytes) {
                    report(`takes ${bytes ?? "1 MiB"} bytes for a connection, ${bufferBytes} are the most`);
                }
            }
            for (const { manager } of listenersIn(config)) {
                for (const timeout of ["request_headers_timeout", "stream_idle_timeout"]) {
                    const value = manager.text(timeout);
                    if (value === undefined || !/^[1-9]\d*s$/.test(value))
                        report(`has ${timeout} ${value ?? "of none"}`);
                }
            }
        });
    },
});

const VARIABLES = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"];

export const agentProxy = stackRule({
    name: "agent-proxy",
    description: "Agents that are told of a proxy are told of one of the stack's, and to reach the platform without it",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Set all four variables to the service's address and port, and NO_PROXY to what is reached directly.",
    url: "https://about.gitlab.com/blog/we-need-to-talk-no-proxy/",
    types: kinds(...WORKLOADS),
    settings: {
        ...agentSettings,
        direct: z
            .array(z.string())
            .default(["localhost", "127.0.0.1", "169.254.170.23", ".amazonaws.com", ".svc.cluster.local"])
            .describe("What NO_PROXY must have; 169.254.170.23 gives AWS credentials"),
    },
    check(stack, report, { agents, direct }) {
        const services = objectsOf(stack, "Service");
        eachAgent(stack, agents, (agent) => {
            for (const { props, title } of mainContainers(agent)) {
                const found = new Map(props.list("env").map((each) => [each.text("name") ?? "", each]));
                const addresses = VARIABLES.map((name) => found.get(name)?.text("value"));
                if (addresses.every((address) => address === undefined)) continue;
                if (new Set(addresses).size > 1)
                    report(agent.resource, `${title} is told of several proxies or of none for some`);
                const [, name, namespace, port] =
                    /^http:\/\/([\w-]+)\.([\w-]+)\.svc(?:\.[\w.-]+)?:(\d+)$/.exec(addresses.find(Boolean) ?? "") ?? [];
                const ours = those(
                    stack,
                    services,
                    (service) =>
                        isIn(service, namespace ?? "", name) &&
                        service.props.list("spec.ports").some((each) => each.number("port") === Number(port)),
                );
                if (ours.length === 0)
                    report(
                        agent.resource,
                        `${title} is told of the proxy ${addresses.find(Boolean) ?? ""}, which is not there`,
                    );
                for (const variable of ["NO_PROXY", "no_proxy"]) {
                    const list = (found.get(variable)?.text("value") ?? "").split(",");
                    const missing = direct.filter((each) => !list.includes(each));
                    if (missing.length > 0)
                        report(agent.resource, `${title} reaches ${missing.join(", ")} through its proxy`);
                }
            }
        });
    },
});

export const egressProxyRules = [proxyDomains, proxyLog, proxyLimits, agentProxy];
