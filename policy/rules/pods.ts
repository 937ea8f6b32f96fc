import { z } from "zod";
import { type Container, containerRule, podRule } from "./support/pods";

const STANDARDS = "https://kubernetes.io/docs/concepts/security/pod-security-standards/";
const CONTEXT = "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/";

/** A setting of the security context: a container's own goes before its pod's. */
function contextPath({ props }: Container, field: string) {
    const own = `securityContext.${field}`;
    return { own, isOwn: props.has(own) };
}

export const podNonRoot = containerRule({
    name: "container-non-root",
    description: "No container may start as root",
    severity: "critical",
    references: [
        "Checkov CKV_K8S_23",
        "kube-linter run-as-non-root",
        "Kubescape C-0013",
        "CIS EKS 4.5.2",
        "NSA/CISA Pod security",
        "openclaw promise 1",
    ],
    remediation: "Set securityContext.runAsNonRoot to true on the pod, and nothing else on the container.",
    url: STANDARDS,
    check(container, say) {
        const { own, isOwn } = contextPath(container, "runAsNonRoot");
        const value = isOwn ? container.props.flag(own) : container.pod.spec.flag(own);
        if (value === undefined) say.missing("has no runAsNonRoot, and so may be root: true is required");
        else if (!value) say.wrong("has runAsNonRoot false, true is required");
    },
});

const IDS = ["runAsUser", "runAsGroup"] as const;

export const podUser = containerRule({
    name: "container-user",
    description: "Every container has a user and a group of its own choosing, neither of which the system uses",
    severity: "medium",
    references: ["Checkov CKV_K8S_40", "CIS EKS 4.5.2", "NSA/CISA Pod security", "openclaw promise 1"],
    remediation: "Set securityContext.runAsUser and runAsGroup on the pod to ids from the minimum up.",
    url: CONTEXT,
    settings: { minimumId: z.int().min(1).default(1000).describe("Smallest user and group id") },
    check(container, say, { minimumId }) {
        for (const field of IDS) {
            const { own, isOwn } = contextPath(container, field);
            const id = isOwn ? container.props.number(own) : container.pod.spec.number(own);
            if (id === undefined) say.missing(`has no ${field}, ${minimumId} or more is required`);
            else if (id < minimumId) say.wrong(`has ${field} ${id}, ${minimumId} or more is required`);
        }
    },
});

export const podFilesGroup = podRule({
    name: "pod-files-group",
    description: "No pod gives its files to a group of the system's",
    severity: "medium",
    references: ["CIS EKS 4.5.2", "NSA/CISA Pod security", "openclaw promise 1"],
    remediation: "Set securityContext.fsGroup to the pod's own group.",
    url: CONTEXT,
    settings: { minimumId: z.int().min(1).default(1000).describe("Smallest group id") },
    check({ spec }, say, { minimumId }) {
        if (!spec.has("securityContext.fsGroup")) return;
        const group = spec.number("securityContext.fsGroup");
        if (group === undefined || group < minimumId) {
            say.wrong(`has fsGroup ${group ?? "of no number"}, ${minimumId} or more is required`);
        }
    },
});

export const podSeccomp = containerRule({
    name: "container-system-calls",
    description: "Every container has only the system calls of a seccomp profile",
    severity: "high",
    references: ["Checkov CKV_K8S_31", "Kubescape C-0055", "NSA/CISA Pod security", "openclaw promise 1"],
    remediation: "Set securityContext.seccompProfile.type to RuntimeDefault on the pod.",
    url: "https://kubernetes.io/docs/tutorials/security/seccomp/",
    settings: {
        profiles: z
            .array(z.enum(["RuntimeDefault", "Localhost"]))
            .min(1)
            .default(["RuntimeDefault"])
            .describe("Kinds of profile that will do"),
    },
    check(container, say, { profiles }) {
        const path = "securityContext.seccompProfile";
        const where = container.props.has(path) ? container.props : container.pod.spec;
        const type = where.text(`${path}.type`);
        if (type === undefined) say.missing(`has no seccompProfile, ${profiles.join(" or ")} is required`);
        else if (!profiles.some((profile) => profile === type)) {
            say.wrong(`has seccompProfile ${type}, ${profiles.join(" or ")} is required`);
        }
    },
});

export const podEscalation = containerRule({
    name: "container-privilege-escalation",
    description: "No process of a container gains more rights than its parent has",
    severity: "high",
    references: [
        "Checkov CKV_K8S_20",
        "kube-linter privilege-escalation-container",
        "Kubescape C-0016",
        "CIS EKS 4.2.5",
        "NSA/CISA Pod security",
    ],
    remediation: "Set securityContext.allowPrivilegeEscalation to false on the container.",
    url: STANDARDS,
    check({ props }, say) {
        const value = props.flag("securityContext.allowPrivilegeEscalation");
        if (value === undefined) say.missing("has no allowPrivilegeEscalation, which means true: false is required");
        else if (value) say.wrong("has allowPrivilegeEscalation true, false is required");
    },
});

export const podPrivileged = containerRule({
    name: "container-privileged",
    description: "No container is privileged or sees what the runtime masks in /proc",
    severity: "critical",
    references: [
        "Checkov CKV_K8S_16",
        "kube-linter privileged-container",
        "kube-linter unsafe-proc-mount",
        "Kubescape C-0057",
        "CIS EKS 4.2.1",
    ],
    remediation: "Remove securityContext.privileged and procMount from the container.",
    url: STANDARDS,
    check({ props }, say) {
        if (props.flag("securityContext.privileged") === true) say.wrong("is privileged");
        const proc = props.text("securityContext.procMount");
        if (proc !== undefined && proc !== "Default") say.wrong(`has procMount ${proc}`);
    },
});

export const podReadOnlyRoot = containerRule({
    name: "container-read-only-root",
    description: "No container writes to its own image's files",
    severity: "medium",
    references: [
        "Checkov CKV_K8S_22",
        "kube-linter no-read-only-root-fs",
        "Kubescape C-0017",
        "NSA/CISA Pod security",
        "openclaw promise 1",
    ],
    remediation: "Set securityContext.readOnlyRootFilesystem to true, and mount a volume where the container writes.",
    url: CONTEXT,
    check({ props }, say) {
        const value = props.flag("securityContext.readOnlyRootFilesystem");
        if (value === undefined) say.missing("has no readOnlyRootFilesystem, true is required");
        else if (!value) say.wrong("has readOnlyRootFilesystem false, true is required");
    },
});

export const podCapabilities = containerRule({
    name: "container-capabilities",
    description: "Every container gives up all of root's capabilities",
    severity: "high",
    references: [
        "Checkov CKV_K8S_37",
        "Checkov CKV_K8S_28",
        "kube-linter drop-net-raw-capability",
        "Kubescape C-0046",
        "NSA/CISA Pod security",
    ],
    remediation: "Set securityContext.capabilities.drop to [ALL] and add none.",
    url: STANDARDS,
    settings: {
        allowed: z.array(z.string()).default([]).describe("Capabilities that may be added, e.g. NET_BIND_SERVICE"),
    },
    check({ props }, say, { allowed }) {
        const dropped = props.texts("securityContext.capabilities.drop");
        if (!dropped.includes("ALL")) {
            const report = props.has("securityContext.capabilities.drop") ? say.wrong : say.missing;
            report(`drops ${dropped.join(", ") || "no"} capabilities, ALL is required`);
        }
        const added = props.texts("securityContext.capabilities.add").filter((each) => !allowed.includes(each));
        if (added.length > 0) say.wrong(`adds the capabilities ${added.join(", ")}`);
    },
});

const HOST = ["hostNetwork", "hostPID", "hostIPC"] as const;

export const podHostAccess = podRule({
    name: "pod-host-access",
    description: "No pod has a part in its node: neither network nor processes, files or ports",
    severity: "critical",
    references: [
        "Checkov CKV_K8S_17",
        "Checkov CKV_K8S_18",
        "Checkov CKV_K8S_19",
        "kube-linter host-network",
        "kube-linter host-pid",
        "kube-linter host-ipc",
        "Kubescape C-0038",
        "Kubescape C-0041",
        "Kubescape C-0044",
        "Kubescape C-0048",
        "CIS EKS 4.2.2",
        "CIS EKS 4.2.3",
        "CIS EKS 4.2.4",
        "openclaw promise 1",
    ],
    remediation: "Remove hostNetwork, hostPID, hostIPC, hostPath volumes and hostPort from the pod.",
    url: STANDARDS,
    check({ spec }, say) {
        for (const field of HOST) if (spec.flag(field) === true) say.wrong(`has ${field}`);
        for (const volume of spec.list("volumes")) {
            if (volume.has("hostPath"))
                say.wrong(`has the node's path ${volume.text("hostPath.path") ?? ""} as a volume`);
        }
        for (const container of [...spec.list("initContainers"), ...spec.list("containers")]) {
            for (const port of container.list("ports")) {
                const number = port.number("hostPort");
                if (number !== undefined && number > 0) say.wrong(`has the node's port ${number}`);
            }
        }
    },
});

export const podServiceLinks = podRule({
    name: "pod-service-links",
    description: "No pod is told of the other services of its namespace through its environment",
    severity: "low",
    references: ["openclaw promise 1"],
    remediation: "Set enableServiceLinks to false.",
    url: "https://kubernetes.io/docs/tutorials/services/connect-applications-service/#accessing-the-service",
    check({ spec }, say) {
        const value = spec.flag("enableServiceLinks");
        if (value === undefined) say.missing("has no enableServiceLinks, which means true: false is required");
        else if (value) say.wrong("has enableServiceLinks true, false is required");
    },
});

export const podSecretEnvironment = containerRule({
    name: "container-secret-environment",
    description: "No container gets a secret or a static AWS key through its environment",
    severity: "high",
    references: [
        "Checkov CKV_K8S_35",
        "kube-linter read-secret-from-env-var",
        "Kubescape C-0012",
        "CIS EKS 4.4.1",
        "openclaw promise 4",
    ],
    remediation: "Mount the secret as a file, and use EKS Pod Identity for AWS.",
    url: "https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod",
    check({ props }, say) {
        for (const variable of props.list("env")) {
            const name = variable.text("name") ?? "";
            if (variable.has("valueFrom.secretKeyRef")) say.wrong(`gets a secret through ${name}`);
            else if (/^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/.test(name)) {
                say.wrong(`gets a static key through ${name}`);
            }
        }
        if (props.list("envFrom").some((source) => source.has("secretRef"))) say.wrong("gets a secret through envFrom");
    },
});

export const podRules = [
    podNonRoot,
    podUser,
    podFilesGroup,
    podSeccomp,
    podEscalation,
    podPrivileged,
    podReadOnlyRoot,
    podCapabilities,
    podHostAccess,
    podServiceLinks,
    podSecretEnvironment,
];
