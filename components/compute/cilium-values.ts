import type * as pulumi from "@pulumi/pulumi";
import { POOL_LABEL, SYSTEM_POOL } from "./agents/spec";

/** What Cilium's values depend on. */
export interface CiliumSettings {
    /** Name of the cluster: the discovery tag of its subnets, and the name under which Cilium tags its interfaces. */
    readonly clusterName: string;
    readonly apiServerHost: pulumi.Input<string>;
    /** Tags of the interfaces that Cilium makes. */
    readonly eniTags: Readonly<Record<string, string>>;
}

/**
 * Values of Cilium's chart, each checked against `values.yaml` and the templates of chart 1.20.1.
 *
 * What a pod is promised hangs on them: an address of the VPC, policies, and a bandwidth limit in both directions.
 */
export function ciliumValues({ clusterName, apiServerHost, eniTags }: CiliumSettings) {
    return {
        // What the chart takes for granted stays as 1.20 had it, whatever a later chart finds better.
        upgradeCompatibility: "1.20",
        // Orphaned interfaces are collected by this name, so another cluster of the account keeps its own.
        cluster: { name: clusterName },
        ...addresses(clusterName, eniTags),
        ...routing(apiServerHost),
        ...policies(),
        ...hubble(),
        ...pods(),
    };
}

/** Pods have addresses of the VPC, from prefixes on network interfaces that the operator attaches as a node fills. */
function addresses(clusterName: string, eniTags: Readonly<Record<string, string>>) {
    return {
        ipam: { mode: "eni" },
        eni: {
            enabled: true,
            awsEnablePrefixDelegation: true,
            eniTags,
            // The operator looks after this cluster's instances, and not after every one of the account.
            instanceTagsFilter: Object.entries(eniTags)
                .filter(([key]) => key.startsWith("kubernetes.io/cluster/"))
                .map(([key, value]) => `${key}=${value}`),
            nodeSpec: {
                // The first interface is the node's own: made with the instance, it never gets prefixes.
                firstInterfaceIndex: 1,
                // The operator's role makes interfaces in subnets with this tag alone; their security group is the
                // first interface's, the nodes'.
                subnetTags: [`karpenter.sh/discovery=${clusterName}`],
            },
        },
    };
}

/** The way of a packet: natively through the VPC, in BPF from the pod to the wire. */
function routing(apiServerHost: pulumi.Input<string>) {
    return {
        routingMode: "native",
        // There is no kube-proxy, so the API's service address leads nowhere until Cilium itself is up.
        kubeProxyReplacement: "true",
        k8sServiceHost: apiServerHost,
        k8sServicePort: 443,
        // Bottlerocket's interfaces, and the one that the Pod Identity agent listens on. Without the latter, host routing
        // finds no way to 169.254.170.23 and no pod gets credentials (cilium/cilium#35989).
        devices: ["eth+", "pod-id-link+"],
        // Never translated: pods have addresses of the VPC, and NAT gateways take those. Each pod then leaves through
        // its own interface; with translation, what leaves the VPC takes the first one, and was lost
        // (cilium/cilium#45137, not in 1.20.1). Translation by iptables would also end host routing, and it would hide
        // from flow logs which agent spoke.
        enableIPv4Masquerade: false,
        enableIPv6Masquerade: false,
        bpf: { masquerade: false, hostLegacyRouting: false },
        // Enforces the bandwidth annotations of pods.
        bandwidthManager: { enabled: true, bbr: false },
        // It would lift the limit between pods of different nodes (cilium/cilium#22203), and protect nothing: agents
        // never talk to each other, and every hop that is allowed is TLS.
        encryption: { enabled: false },
    };
}

function policies() {
    return {
        // A pod is closed by the first policy that selects it; the agents' namespaces have one that selects all.
        policyEnforcementMode: "default",
        policyAuditMode: false,
        // A rule on layer 7, and `toFQDNs` is one, lifts the egress limit of the pods it selects. So there are none: Cilium
        // refuses them while its proxy is off.
        l7Proxy: false,
        envoy: { enabled: false },
    };
}

/**
 * Flows can be watched on each node, `kubectl -n kube-system exec ds/cilium -- hubble observe`: why was this agent
 * refused? Relay and UI would show all nodes at once, but listen on the network, and the chart would make their
 * certificates anew at every deployment and leave the keys in the state.
 */
function hubble() {
    return {
        hubble: {
            enabled: true,
            listenAddress: "",
            tls: { enabled: false },
            relay: { enabled: false },
            ui: { enabled: false },
        },
    };
}

function pods() {
    return {
        // A change of these values reaches running pods. Connections outlive the restart: their way is in the kernel.
        rollOutCiliumPods: true,
        // Security contexts are the chart's: named capabilities instead of `privileged`, and SELinux type spc_t. So are
        // tolerations (the agent runs on every node) and priorities (system-node-critical, system-cluster-critical).
        enableCriticalPriorityClass: true,
        // BPF maps count as its memory: 0.25 % of the node's. No processor limit: it would hold up pods that start.
        resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "2Gi" } },
        operator: {
            // One leads, the other takes over; on two nodes by the chart's affinity, and in two zones.
            replicas: 2,
            rollOutPods: true,
            nodeSelector: { "kubernetes.io/os": "linux", [POOL_LABEL]: SYSTEM_POOL },
            topologySpreadConstraints: [
                {
                    maxSkew: 1,
                    topologyKey: "topology.kubernetes.io/zone",
                    whenUnsatisfiable: "ScheduleAnyway",
                    labelSelector: { matchLabels: { "io.cilium/app": "operator" } },
                },
            ],
            podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
            resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
        },
    };
}
