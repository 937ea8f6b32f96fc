import type { Properties } from "../../../plan/offline-engine";
import * as rules from "../../../policy/rules/egress-proxy";
import { asItIs, of, POD, TYPE } from "../support/kubernetes";
import { change, type Mutation } from "../support/mutations";
import { prove } from "../support/prove";

const map = of("cells-engineer-proxy-config", TYPE.configMap);
const gateway = of("fleet-engineer", TYPE.statefulSet, `${POD}.containers.0`);
const service = of("cells-engineer-proxy-service", TYPE.service, "spec");

/** Edits Envoy's configuration as text. */
function envoy(from: string | RegExp, to: string): Mutation {
    return change("cells-engineer-proxy-config", (inputs) => {
        const data = inputs["data"] as Record<string, string>;
        const compact = JSON.stringify(JSON.parse(data["envoy.json"] ?? "{}") as Properties);
        data["envoy.json"] = compact.replace(from, to);
    });
}

describe("policy: egress proxies", () => {
    prove(rules.proxyDomains, {
        breaks: [
            envoy('"github.com:443"', '"*.com:443"'),
            envoy('"github.com:443"', '"github.com:22"'),
            envoy('"domains":["*"]', '"domains":["other.example.com"]'),
            envoy(/"status":403/g, '"status":200'),
            envoy('"connect_matcher":{}', '"prefix":"/"'),
        ],
        missing: envoy(/"virtual_hosts":\[.*?\]\},"http_filters"/, '"virtual_hosts":[]},"http_filters"'),
        unknown: map.unknown("data"),
    });

    prove(rules.proxyLog, {
        breaks: [envoy("%REQ(:AUTHORITY)%", "%PROTOCOL%"), envoy("StdoutAccessLog", "OtherLog")],
        missing: envoy('"access_log"', '"other_log"'),
        unknown: map.unknown("data"),
    });

    prove(rules.proxyLimits, {
        breaks: [
            envoy('"max_active_downstream_connections":2000', '"max_active_downstream_connections":200000'),
            envoy('"per_connection_buffer_limit_bytes":65536', '"per_connection_buffer_limit_bytes":6553600'),
            envoy('"stream_idle_timeout":"600s"', '"stream_idle_timeout":"0s"'),
        ],
        missing: envoy('"overload_manager"', '"other_manager"'),
        unknown: map.unknown("data"),
    });

    prove(rules.agentProxy, {
        breaks: [
            gateway.set("env.20.value", "http://proxy-other.openclaw-egress.svc.cluster.local:3128"),
            gateway.set("env.24.value", "localhost"),
            service.set("ports.0.port", 3129),
        ],
        missing: { passes: asItIs, because: "agents that are told of no proxy reach no internet" },
        unknown: gateway.unknown("env.20.value"),
    });
});
