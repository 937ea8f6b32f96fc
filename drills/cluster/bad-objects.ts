import { CLASS_LABEL, TIER_LABEL } from "../../components/compute/agents/spec";

/** What stands in the way of a bad object. */
export type Guard = "Pod Security" | "LimitRange" | "admission policy";

type Fields = Record<string, unknown>;

/* Objects on their way to the API server, open to be spoiled. */

export interface ContainerDraft {
    name: string;
    image: string;
    securityContext: Fields;
    resources: { requests?: Record<string, string>; limits?: Record<string, string> };
    ports?: Fields[];
    [field: string]: unknown;
}

export interface PodDraft {
    apiVersion: "v1";
    kind: "Pod";
    metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> };
    spec: {
        containers: ContainerDraft[];
        initContainers: ContainerDraft[];
        volumes: Fields[];
        securityContext: Fields;
        [field: string]: unknown;
    };
}

/** Good objects of a class, made anew at each call. */
export interface Good {
    /** A pod like an agent's, so small that the class's quota has room for it. */
    pod(): PodDraft;
    /** A small pod of a job, which waits before it is scheduled. */
    job(name: string): PodDraft;
    /** A second StatefulSet of such pods, and what it has for a template. */
    workload(): { object: Fields; template: PodDraft };
    /** An agent's claim. */
    claim(name?: string): { spec: Fields; [field: string]: unknown };
}

export type Collection = "pods" | "statefulsets" | "persistentvolumeclaims" | "services" | "ingresses" | "namespaces";

export interface BadObject {
    readonly what: string;
    readonly guard: Guard;
    /** What the refusal has to name, so that it is refused for this and nothing else. */
    readonly says: RegExp;
    readonly collection: Collection;
    make(good: Good): Fields;
}

/** The gateway's container. */
function gateway({ spec }: PodDraft): ContainerDraft {
    const container = spec.containers[0];
    if (container === undefined) throw new Error("the agents' pod has no container");
    return container;
}

function pod(what: string, guard: Guard, says: RegExp, spoil: (draft: PodDraft) => void): BadObject {
    const make = (good: Good) => {
        const draft = good.pod();
        spoil(draft);
        return { ...draft };
    };
    return { what, guard, says, collection: "pods", make };
}

function workload(what: string, says: RegExp, spoil: (template: PodDraft) => void): BadObject {
    const make = (good: Good) => {
        const { object, template } = good.workload();
        spoil(template);
        return object;
    };
    return { what: `${what}, in a StatefulSet`, guard: "admission policy", says, collection: "statefulsets", make };
}

function other(
    what: string,
    guard: Guard,
    says: RegExp,
    collection: Collection,
    make: (good: Good) => Fields,
): BadObject {
    return { what, guard, says, collection, make };
}

const POD_SECURITY = "Pod Security";
const POLICY = "admission policy";

export const BAD_OBJECTS: readonly BadObject[] = [
    pod("a privileged container", POD_SECURITY, /privileged/, (draft) => {
        gateway(draft).securityContext = { privileged: true, allowPrivilegeEscalation: true };
    }),
    pod("a container that may gain rights", POD_SECURITY, /allowPrivilegeEscalation/, (draft) => {
        gateway(draft).securityContext["allowPrivilegeEscalation"] = true;
    }),
    pod("a container with a capability of root", POD_SECURITY, /NET_ADMIN/, (draft) => {
        gateway(draft).securityContext["capabilities"] = { drop: ["ALL"], add: ["NET_ADMIN"] };
    }),
    pod("a pod that runs as root", POD_SECURITY, /runAsNonRoot|runAsUser=0/, (draft) => {
        draft.spec.securityContext = { ...draft.spec.securityContext, runAsNonRoot: false, runAsUser: 0 };
    }),
    pod("a pod without seccomp's filter", POD_SECURITY, /seccompProfile/, (draft) => {
        draft.spec.securityContext["seccompProfile"] = { type: "Unconfined" };
    }),
    pod("a pod on the node's network", POD_SECURITY, /hostNetwork/, (draft) => {
        draft.spec["hostNetwork"] = true;
    }),
    pod("a pod among the node's processes", POD_SECURITY, /hostPID/, (draft) => {
        draft.spec["hostPID"] = true;
    }),
    pod("a pod with the node's files", POD_SECURITY, /hostPath/, (draft) => {
        draft.spec.volumes.push({ name: "node", hostPath: { path: "/" } });
    }),
    pod("a container on a port of the node", POD_SECURITY, /hostPort/, (draft) => {
        gateway(draft).ports = [{ name: "node", containerPort: 8080, hostPort: 8080 }];
    }),
    pod("an agent larger than its class, in memory", "LimitRange", /maximum memory usage per Container/, (draft) => {
        size(draft, "memory", "64Gi");
    }),
    pod("an agent larger than its class, in processors", "LimitRange", /maximum cpu usage per Container/, (draft) => {
        size(draft, "cpu", "32");
    }),
    pod("memory that is not reserved", POLICY, /memory request of every container equal/, (draft) => {
        gateway(draft).resources = {
            requests: { cpu: "50m", memory: "32Mi", "ephemeral-storage": "64Mi" },
            limits: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "64Mi" },
        };
    }),
    pod("an image by the tag latest", POLICY, /never by latest/, (draft) => {
        gateway(draft).image = "ghcr.io/openclaw/openclaw:latest";
    }),
    pod("an image by no tag", POLICY, /never by latest/, (draft) => {
        gateway(draft).image = "ghcr.io/openclaw/openclaw";
    }),
    pod("a latest image in a container that runs before the others", POLICY, /never by latest/, (draft) => {
        for (const container of draft.spec.initContainers) container.image = "docker.io/library/busybox:latest";
    }),
    pod("a pod without its class's label", POLICY, /class of its namespace/, (draft) => {
        draft.metadata.labels = Object.fromEntries(
            Object.entries(draft.metadata.labels).filter(([label]) => label !== CLASS_LABEL),
        );
    }),
    pod("a pod with another class's label", POLICY, /class of its namespace/, (draft) => {
        draft.metadata.labels[CLASS_LABEL] = "another";
    }),
    pod("a pod outside the agents' tier", POLICY, /class of its namespace/, (draft) => {
        draft.metadata.labels[TIER_LABEL] = "jobs";
    }),
    pod("an agent without a limit to what it sends", POLICY, /egress-bandwidth/, (draft) => {
        draft.metadata.annotations = { "kubernetes.io/ingress-bandwidth": "1M" };
    }),
    pod("an agent that may receive more than its class", POLICY, /ingress-bandwidth/, (draft) => {
        draft.metadata.annotations["kubernetes.io/ingress-bandwidth"] = "100G";
    }),
    pod("state on NFS", POD_SECURITY, /restricted volume types/, (draft) => {
        draft.spec.volumes.push({ name: "shared", nfs: { server: "10.0.0.1", path: "/" } });
    }),
    pod("a volume of a driver in the pod itself", POLICY, /databases break on NFS and EFS/, (draft) => {
        draft.spec.volumes.push({ name: "shared", csi: { driver: "efs.csi.aws.com" } });
    }),
    pod("a token of the Kubernetes API", POLICY, /no business with the Kubernetes API/, (draft) => {
        draft.spec["automountServiceAccountToken"] = true;
    }),
    pod("another service account", POLICY, /Run agents as service account/, (draft) => {
        draft.spec["serviceAccountName"] = "default";
    }),
    pod("an agent of another name", POLICY, /Let the class's StatefulSet make agents/, (draft) => {
        draft.metadata.name = "coordinator-0-copy";
    }),
    workload("a container without limits", /Set resources.requests and resources.limits/, (template) => {
        gateway(template).resources = {};
    }),
    workload("an image by the tag latest", /never by latest/, (template) => {
        gateway(template).image = "ghcr.io/openclaw/openclaw:latest";
    }),
    workload("the node's files", /agents have no part in their node/, (template) => {
        template.spec.volumes.push({ name: "node", hostPath: { path: "/" } });
    }),
    workload("the node's network", /agents have no part in their node/, (template) => {
        template.spec["hostNetwork"] = true;
    }),
    other(
        "a claim larger than its class's",
        "LimitRange",
        /maximum storage usage/,
        "persistentvolumeclaims",
        (good) => {
            const claim = good.claim();
            claim.spec["resources"] = { requests: { storage: "10Ti" } };
            return claim;
        },
    ),
    other("a claim that two pods may use", POLICY, /ReadWriteOncePod/, "persistentvolumeclaims", (good) => {
        const claim = good.claim();
        claim.spec["accessModes"] = ["ReadWriteMany"];
        return claim;
    }),
    other("a claim of another storage class", POLICY, /Set storageClassName/, "persistentvolumeclaims", (good) => {
        const claim = good.claim();
        claim.spec["storageClassName"] = "gp2";
        return claim;
    }),
    other("a service for the world outside", POLICY, /nobody calls agents from outside/, "services", () => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "outside" },
        spec: { type: "LoadBalancer", ports: [{ port: 443 }], selector: { app: "outside" } },
    })),
    other("an ingress", POLICY, /Remove the ingress/, "ingresses", () => ({
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name: "outside" },
        spec: { defaultBackend: { service: { name: "outside", port: { number: 443 } } } },
    })),
    other("an agents' namespace without its labels", POLICY, /Name the namespace/, "namespaces", () => ({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "agents-rogue" },
    })),
];

function size(draft: PodDraft, resource: string, amount: string): void {
    const { resources } = gateway(draft);
    resources.requests = { ...resources.requests, [resource]: amount };
    resources.limits = { ...resources.limits, [resource]: amount };
}
