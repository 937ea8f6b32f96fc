import { nameAfter } from "../known-name";
import { createHash } from "node:crypto";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { POOL_LABEL, SYSTEM_POOL } from "../agents/spec";
import { EGRESS_PROXY_IMAGE, reference } from "../images";
import { EGRESS_NAMESPACE, PROXY_LABEL, PROXY_PORT, type Places } from "./flows";
import { PLATFORM_LABELS, ciliumNetworkPolicy, proxyPolicy } from "./network-policies";
import { proxyConfig } from "./proxy-config";

/** Arguments of {@link EgressProxy}. */
export interface EgressProxyArgs {
    readonly className: string;
    /** Domains that the class may reach; `*.example.com` takes in subdomains. At least one. A change restarts the proxy. */
    readonly allowedDomains: readonly string[];
    readonly places: Places;
    /** The namespace of the proxies, {@link EGRESS_NAMESPACE}, once it is isolated. */
    readonly namespace: pulumi.Input<string>;
}

/** One in each zone of two. */
const REPLICAS = 2;
/** Distroless images' own unprivileged user. */
const NONROOT = 65532;
/** Seconds in which the proxy's address is taken from the service before it stops listening. */
const LEAVE_SECONDS = 10;

/**
 * The only way of one class's agents to the internet: to the domains it names, by TLS, with a record of every connection.
 *
 * Domains are matched here and not by Cilium (`toFQDNs`, which its bandwidth limits would allow on these pods): that would
 * add Cilium's DNS proxy to the path, and the proxy knows the name that was asked for, not an address that many share.
 */
export class EgressProxy extends pulumi.ComponentResource {
    /** What agents set as their proxy. */
    readonly url: string;

    constructor(name: string, args: EgressProxyArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:EgressProxy", name, {}, opts);
        const { className } = args;
        if (args.allowedDomains.length === 0) throw new Error(`${name}: a proxy needs a domain to lead to`);
        const proxy = `proxy-${className}`;
        const labels = { ...PLATFORM_LABELS, "app.kubernetes.io/name": "egress-proxy", [PROXY_LABEL]: className };
        const selector = { [PROXY_LABEL]: className };
        const metadata = { name: proxy, namespace: args.namespace, labels };
        const child = { parent: this };
        const config = JSON.stringify(proxyConfig(args.allowedDomains), undefined, 2);

        const network = ciliumNetworkPolicy(
            `${name}-network`,
            { ...proxyPolicy(className, args.places), namespace: args.namespace },
            child,
        );
        const files = new core.ConfigMap(`${name}-config`, { metadata, data: { "envoy.json": config } }, child);
        new policy.PodDisruptionBudget(
            `${name}-budget`,
            { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
            child,
        );
        new core.Service(
            `${name}-service`,
            {
                metadata,
                spec: { selector, ports: [{ name: "proxy", port: PROXY_PORT, targetPort: PROXY_PORT }] },
            },
            child,
        );
        new apps.Deployment(
            `${name}-deployment`,
            {
                metadata,
                spec: {
                    replicas: REPLICAS,
                    selector: { matchLabels: selector },
                    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
                    template: {
                        metadata: { labels, annotations: { "openclaw/config": digest(config) } },
                        spec: podSpec(nameAfter(metadata.name, files), selector),
                    },
                },
            },
            { parent: this, dependsOn: network },
        );

        this.url = proxyUrl(className);
        this.registerOutputs({ url: this.url });
    }
}

/** Where the agents of a class find their proxy. */
export function proxyUrl(className: string): string {
    return `http://proxy-${className}.${EGRESS_NAMESPACE}.svc.cluster.local:${PROXY_PORT}`;
}

function podSpec(configMap: pulumi.Input<string>, selector: Record<string, string>) {
    return {
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        nodeSelector: { [POOL_LABEL]: SYSTEM_POOL },
        topologySpreadConstraints: [
            {
                maxSkew: 1,
                topologyKey: "topology.kubernetes.io/zone",
                whenUnsatisfiable: "DoNotSchedule",
                // A zone whose nodes are gone or cordoned stops counting.
                nodeTaintsPolicy: "Honor",
                labelSelector: { matchLabels: selector },
                matchLabelKeys: ["pod-template-hash"],
            },
        ],
        securityContext: {
            runAsNonRoot: true,
            runAsUser: NONROOT,
            runAsGroup: NONROOT,
            seccompProfile: { type: "RuntimeDefault" },
        },
        terminationGracePeriodSeconds: LEAVE_SECONDS + 20,
        containers: [
            {
                name: "envoy",
                image: reference(EGRESS_PROXY_IMAGE),
                command: ["/usr/local/bin/envoy"],
                args: [
                    "--config-path",
                    "/etc/envoy/envoy.json",
                    "--concurrency",
                    "2",
                    // It would keep shared memory for a successor on the same node; a successor here is another pod.
                    "--disable-hot-restart",
                    "--log-level",
                    "warning",
                ],
                ports: [{ name: "proxy", containerPort: PROXY_PORT }],
                startupProbe: { tcpSocket: { port: PROXY_PORT }, periodSeconds: 1, failureThreshold: 30 },
                readinessProbe: { tcpSocket: { port: PROXY_PORT }, periodSeconds: 5, failureThreshold: 2 },
                livenessProbe: { tcpSocket: { port: PROXY_PORT }, periodSeconds: 10, failureThreshold: 6 },
                lifecycle: { preStop: { sleep: { seconds: LEAVE_SECONDS } } },
                resources: {
                    requests: { cpu: "50m", memory: "256Mi", "ephemeral-storage": "64Mi" },
                    limits: { cpu: "1", memory: "256Mi", "ephemeral-storage": "64Mi" },
                },
                securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                },
                volumeMounts: [{ name: "config", mountPath: "/etc/envoy", readOnly: true }],
            },
        ],
        volumes: [{ name: "config", configMap: { name: configMap } }],
    };
}

/** Changes with the configuration, so that a change of it replaces the pods. */
function digest(config: string): string {
    return createHash("sha256").update(config).digest("hex").slice(0, 16);
}
