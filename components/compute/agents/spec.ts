/** One class of agents, as configuration describes it. */
export interface AgentClass {
    /** Lower-case name, at most 20 characters: names the namespace, the StatefulSet and, with an ordinal, each agent. */
    readonly name: string;
    /** How many agents. Scaling changes this number and nothing else. */
    readonly agents: number;
    /** Processor time as Kubernetes writes it. */
    readonly cpu: { readonly request: string; readonly limit: string };
    /** Memory of the gateway: request and limit at once. */
    readonly memory: string;
    /** Scratch space on the node: request and limit at once. */
    readonly ephemeralStorage: string;
    /** Size of the state volume. A larger one reaches volumes that are there, a smaller one new volumes alone. */
    readonly stateSize: string;
    /** Network limits in bits per second, e.g. `50M`. */
    readonly bandwidth: { readonly ingress: string; readonly egress: string };
    /** Model on Amazon Bedrock: an inference profile or model id. */
    readonly model: string;
    /** Skills bundled with OpenClaw that this class may use; every other one is off. */
    readonly skills: readonly string[];
    /** Councils that this class sits in. */
    readonly councils: readonly string[];
    /** Domains outside AWS that this class may reach, through the egress proxy alone. Empty: none. */
    readonly allowedDomains: readonly string[];
    /** How a change reaches the agents: at most this share of the class away at once, in per cent. */
    readonly rollout: { readonly awayPercent: number };
}

/** Where things are in the cluster. Policies, roles, manifests and commands agree by these names. */
export const POOL_LABEL = "openclaw/pool";
export const AGENT_POOL = "agents";
export const SYSTEM_POOL = "system";
export const CLASS_LABEL = "openclaw/class";
export const TIER_LABEL = "openclaw/tier";
export const AGENT_TIER = "agents";
export const SERVICE_ACCOUNT = "agent";
/** Name of the claim template: an agent's claim is `state-<class>-<n>`. */
export const STATE_VOLUME = "state";
export const STORAGE_CLASS = "openclaw-state";
export const AGENT_PRIORITY_CLASS = "openclaw-agent";
export const HEADROOM_PRIORITY_CLASS = "openclaw-headroom";
export const GATEWAY_PORT = 18789;
/** Of the bridge, on the pod's loopback address alone: its tools (MCP). */
export const TOOLS_PORT = 18790;
/** Of the bridge: health, metrics, and the way to drain it. */
export const BRIDGE_HEALTH_PORT = 18791;
/** Of the bridge, on the pod's loopback address alone: AWS credentials for the gateway. */
export const CREDENTIALS_PORT = 18792;

/** Namespace of a class: its own, so that quota, policies and identity end at the class. */
export function namespaceOf(className: string): string {
    return `agents-${className}`;
}

/** Labels of every object of a class, and of its pods. */
export function labelsOf(className: string): Record<string, string> {
    return {
        "app.kubernetes.io/name": "openclaw-agent",
        "app.kubernetes.io/part-of": "openclaw",
        [TIER_LABEL]: AGENT_TIER,
        [CLASS_LABEL]: className,
    };
}

/** What selects the agents of a class and nothing else in its namespace. */
export function selectorOf(className: string): Record<string, string> {
    return { [TIER_LABEL]: AGENT_TIER, [CLASS_LABEL]: className };
}

/** Where an agent's state is replicated to: only this agent's role session may read and write there. */
export function statePrefix(className: string, pod: string): string {
    return `${namespaceOf(className)}/${pod}`;
}
