import { PROXY_PORT } from "./flows";

/** Connections that one proxy takes at once: a leak in one agent must not use up its memory. */
const MAX_CONNECTIONS = 2000;

const HTTP = "type.googleapis.com/envoy.extensions.filters.http";
const DNS_CACHE = { name: "internet", dns_lookup_family: "V4_ONLY" };

/**
 * Envoy's configuration of a forward proxy: `CONNECT` to port 443 of the domains named, and 403 for everything else.
 * `*.example.com` takes in its subdomains, not itself. TLS goes through unopened, so the proxy sees names and amounts, never
 * content. No admin interface, no other listener.
 */
export function proxyConfig(domains: readonly string[]) {
    return {
        static_resources: {
            listeners: [
                {
                    name: "proxy",
                    address: { socket_address: { address: "0.0.0.0", port_value: PROXY_PORT } },
                    per_connection_buffer_limit_bytes: 65536,
                    filter_chains: [
                        {
                            filters: [
                                {
                                    name: "envoy.filters.network.http_connection_manager",
                                    typed_config: connectionManager(domains),
                                },
                            ],
                        },
                    ],
                },
            ],
            clusters: [
                {
                    name: "internet",
                    connect_timeout: "10s",
                    lb_policy: "CLUSTER_PROVIDED",
                    cluster_type: {
                        name: "envoy.clusters.dynamic_forward_proxy",
                        typed_config: {
                            "@type":
                                "type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig",
                            dns_cache_config: DNS_CACHE,
                        },
                    },
                },
            ],
        },
        overload_manager: {
            resource_monitors: [
                {
                    name: "envoy.resource_monitors.global_downstream_max_connections",
                    typed_config: {
                        "@type":
                            "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                        max_active_downstream_connections: MAX_CONNECTIONS,
                    },
                },
            ],
        },
    };
}

function connectionManager(domains: readonly string[]) {
    return {
        "@type":
            "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix: "proxy",
        access_log: [
            {
                name: "envoy.access_loggers.stdout",
                typed_config: {
                    "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
                    log_format: { json_format: ACCESS_LOG },
                },
            },
        ],
        request_headers_timeout: "10s",
        stream_idle_timeout: "600s",
        upgrade_configs: [{ upgrade_type: "CONNECT" }],
        route_config: {
            name: "allow-list",
            virtual_hosts: [
                {
                    name: "allowed",
                    // With the port: another port is another name, and refused below.
                    domains: domains.map((domain) => `${domain}:443`),
                    routes: [
                        {
                            match: { connect_matcher: {} },
                            route: {
                                cluster: "internet",
                                timeout: "0s", // a tunnel lasts as long as somebody talks
                                upgrade_configs: [{ upgrade_type: "CONNECT", connect_config: {} }],
                            },
                        },
                        refuse({ prefix: "/" }),
                    ],
                },
                { name: "refused", domains: ["*"], routes: [refuse({ connect_matcher: {} }), refuse({ prefix: "/" })] },
            ],
        },
        http_filters: [
            {
                name: "envoy.filters.http.dynamic_forward_proxy",
                typed_config: {
                    "@type": `${HTTP}.dynamic_forward_proxy.v3.FilterConfig`,
                    dns_cache_config: DNS_CACHE,
                },
            },
            { name: "envoy.filters.http.router", typed_config: { "@type": `${HTTP}.router.v3.Router` } },
        ],
    };
}

/** Who reached what, when, how much, and what was refused. */
const ACCESS_LOG = {
    time: "%START_TIME%",
    client: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    method: "%REQ(:METHOD)%",
    domain: "%REQ(:AUTHORITY)%",
    status: "%RESPONSE_CODE%",
    details: "%RESPONSE_CODE_DETAILS%",
    upstream: "%UPSTREAM_REMOTE_ADDRESS%",
    sentBytes: "%BYTES_RECEIVED%",
    receivedBytes: "%BYTES_SENT%",
    milliseconds: "%DURATION%",
} as const;

function refuse(match: Readonly<Record<string, unknown>>) {
    return {
        match,
        direct_response: { status: 403, body: { inline_string: "Not among the domains of this class of agents\n" } },
    };
}
