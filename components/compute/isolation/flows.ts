import { AGENT_TIER, BRIDGE_HEALTH_PORT, CLASS_LABEL, GATEWAY_PORT, TIER_LABEL, namespaceOf } from "../agents/spec";
import { COLLECTOR_HEALTH_PORT, COLLECTOR_PORT, TELEMETRY_NAMESPACE } from "../telemetry-config";

/*
 * Everything that may pass the network of the agents, as data: policies, documentation and tests are made from it. What
 * is not here is dropped.
 */

/** Where egress proxies are. */
export const EGRESS_NAMESPACE = "openclaw-egress";
/** On pods of an egress proxy; its value is the class that it serves. */
export const PROXY_LABEL = "openclaw/proxy";
export const PROXY_PORT = 3128;

/** Where the jobs run that keep the database's schema. */
export const DATA_NAMESPACE = "openclaw-data";

/** The pods that have a policy of their own. */
export type Subject = "agent" | "job" | "collector" | "proxy" | "database-job";

/** The other end of a flow. */
export type Peer =
    | "dns"
    | "brokers"
    | "database"
    | "endpoints"
    | "node"
    | "kube-apiserver"
    | "collector"
    | "proxy"
    | "agents-of-class"
    | "all-agents"
    | "internet";

export interface Port {
    readonly port: number;
    readonly protocol: "TCP" | "UDP";
}

/** One thing that is allowed. */
export interface Flow {
    readonly direction: "egress" | "ingress";
    readonly peer: Peer;
    readonly ports: readonly Port[];
    readonly why: string;
    /** Only where a class names domains. */
    readonly needsDomains?: boolean;
}

const tcp = (port: number): Port[] => [{ port, protocol: "TCP" }];

const dns: Flow = {
    direction: "egress",
    peer: "dns",
    ports: [
        { port: 53, protocol: "UDP" },
        { port: 53, protocol: "TCP" },
    ],
    why: "Names",
};
const endpoints = (why: string): Flow => ({ direction: "egress", peer: "endpoints", ports: tcp(443), why });
const podIdentity: Flow = {
    direction: "egress",
    peer: "node",
    ports: tcp(80),
    why: "AWS credentials, from the Pod Identity agent at 169.254.170.23",
};
const probes = (...ports: readonly number[]): Flow => ({
    direction: "ingress",
    peer: "node",
    ports: ports.flatMap(tcp),
    why: "The kubelet's probes",
});

/** All that is allowed, by the pods that it concerns. */
export const FLOWS: Readonly<Record<Subject, readonly Flow[]>> = {
    agent: [
        dns,
        { direction: "egress", peer: "brokers", ports: tcp(9098), why: "Kafka with IAM and TLS" },
        { direction: "egress", peer: "database", ports: tcp(5432), why: "PostgreSQL with IAM and TLS" },
        endpoints("Models on Bedrock, state in S3"),
        podIdentity,
        {
            direction: "egress",
            peer: "collector",
            ports: tcp(COLLECTOR_PORT),
            why: "Metrics by OTLP, with the class's token",
        },
        {
            direction: "egress",
            peer: "proxy",
            ports: tcp(PROXY_PORT),
            why: "The domains that the class names",
            needsDomains: true,
        },
        probes(GATEWAY_PORT, BRIDGE_HEALTH_PORT),
    ],
    job: [{ direction: "egress", peer: "kube-apiserver", ports: tcp(443), why: "Rolling out, making secrets" }],
    collector: [
        {
            direction: "ingress",
            peer: "all-agents",
            ports: tcp(COLLECTOR_PORT),
            why: "Metrics by OTLP, with the class's token",
        },
        probes(COLLECTOR_HEALTH_PORT),
        dns,
        endpoints("Metrics to CloudWatch"),
        podIdentity,
    ],
    proxy: [
        {
            direction: "ingress",
            peer: "agents-of-class",
            ports: tcp(PROXY_PORT),
            why: "Its class, which no other class's proxy serves",
        },
        probes(PROXY_PORT),
        dns,
        { direction: "egress", peer: "internet", ports: tcp(443), why: "The domains on its list" },
    ],
    "database-job": [
        dns,
        { direction: "egress", peer: "database", ports: tcp(5432), why: "PostgreSQL with TLS" },
        endpoints("The administrator's password, anchors to S3, figures to CloudWatch"),
        podIdentity,
    ],
};

/** Where the platform's other tiers are, as ranges of the VPC. */
export interface Places {
    /** The brokers' subnets. */
    readonly brokers: readonly string[];
    /** The subnets of the database and its pool. */
    readonly database: readonly string[];
    /** The subnets of the interface endpoints of AWS services. */
    readonly endpoints: readonly string[];
}

/** What a flow's peer depends on. */
export interface FlowContext {
    readonly places: Places;
    /** The class of the agents, jobs or proxy; absent for what serves all classes. */
    readonly className?: string;
}

/**
 * Private, shared, link-local and other ranges that are not the internet. The VPC is in one of the first four (config
 * refuses any other), so a name that someone else's DNS points into it leads nowhere.
 */
export const NOT_THE_INTERNET: readonly string[] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "0.0.0.0/8",
    "192.0.0.0/24",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

type Selector = Readonly<Record<string, unknown>>;

/** A peer in Cilium's terms: the part of the field's name after `to` or `from`, and the field's value. */
export interface CiliumPeer {
    readonly field: "Endpoints" | "CIDRSet" | "Entities";
    readonly value: readonly (string | Selector)[];
}

const NAMESPACE = "k8s:io.kubernetes.pod.namespace";

/**
 * What Cilium calls a peer. No names (`toFQDNs`) and no layer 7: an egress rule with either sends a pod's traffic through
 * Cilium's proxy and switches its bandwidth limit off (Cilium, bandwidth manager, limitations).
 */
export function ciliumPeer(peer: Peer, { places, className }: FlowContext): CiliumPeer {
    switch (peer) {
        case "dns":
            return pods({ [NAMESPACE]: "kube-system", "k8s-app": "kube-dns" });
        case "brokers":
        case "database":
        case "endpoints":
            if (places[peer].length === 0) throw new Error(`no addresses of ${peer} are known`);
            return { field: "CIDRSet", value: places[peer].map((cidr) => ({ cidr })) };
        case "node":
            // A link-local address of the node is the node to Cilium, so a rule by address would not match it.
            return { field: "Entities", value: ["host"] };
        case "kube-apiserver":
            return { field: "Entities", value: ["kube-apiserver"] };
        case "collector":
            return pods({ [NAMESPACE]: TELEMETRY_NAMESPACE });
        case "proxy":
            return pods({ [NAMESPACE]: EGRESS_NAMESPACE, [PROXY_LABEL]: named(className) });
        case "agents-of-class":
            return pods({ [NAMESPACE]: namespaceOf(named(className)), [CLASS_LABEL]: named(className) });
        case "all-agents":
            return pods({
                [`k8s:io.cilium.k8s.namespace.labels.${TIER_LABEL}`]: AGENT_TIER,
                [TIER_LABEL]: AGENT_TIER,
            });
        case "internet":
            return { field: "CIDRSet", value: [{ cidr: "0.0.0.0/0", except: [...NOT_THE_INTERNET] }] };
    }
}

function pods(matchLabels: Readonly<Record<string, string>>): CiliumPeer {
    return { field: "Endpoints", value: [{ matchLabels }] };
}

function named(className: string | undefined): string {
    if (className === undefined) throw new Error("a peer of a class needs the class");
    return className;
}
