import { stackRule } from "../engine/rule";
import { isIn, kinds, nameOf, namespaceOf, objectsOf, those } from "./support/kubernetes";
import { labelsAt } from "./support/labels";
import { nodesOf, selectsNodes, tolerates } from "./support/nodes";
import { podsOf, WORKLOADS } from "./support/pods";

export const podPlacement = stackRule({
    name: "pod-placement",
    description: "Every pod says on which nodes it runs, and they take it",
    severity: "medium",
    references: ["openclaw promise 2", "openclaw promise 6"],
    remediation: "Set a nodeSelector that a node pool or node group fulfils, and tolerate its taints.",
    url: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/",
    types: kinds(...WORKLOADS),
    check(stack, report) {
        const nodes = nodesOf(stack);
        const unclear = stack.undecided.length > 0;
        // Nothing is known of the nodes of another stack.
        if (nodes.length === 0) return;
        for (const { spec, kind, partial, resource } of podsOf(stack)) {
            if (kind === "DaemonSet" || partial) continue;
            stack.decide(
                resource,
                () => {
                    const selector = labelsAt(spec, "nodeSelector");
                    if (selector.size === 0) return report(resource, "has no nodeSelector, and may run on any node");
                    const fitting = nodes.filter((each) => selectsNodes(selector, each));
                    if (fitting.length === 0) {
                        const said = [...selector].map(([key, value]) => `${key}=${value}`).join(", ");
                        if (!unclear) report(resource, `selects nodes that there are none of: ${said}`);
                        return;
                    }
                    const tolerations = spec.list("tolerations");
                    const free = fitting.some(({ taints }) => taints.every((taint) => tolerates(tolerations, taint)));
                    if (!free) report(resource, "does not tolerate the taints of the nodes that it selects");
                },
                undefined,
            );
        }
    },
});

export const podPriorityThere = stackRule({
    name: "pod-priority-class",
    description: "Every priority class that a pod names is there",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Name a PriorityClass of the stack, or one of Kubernetes' own.",
    url: "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",
    types: kinds(...WORKLOADS),
    check(stack, report) {
        const known = new Set(["system-cluster-critical", "system-node-critical"]);
        for (const object of objectsOf(stack, "PriorityClass")) {
            known.add(stack.decide(object.resource, () => nameOf(object), undefined) ?? "");
        }
        for (const { spec, resource } of podsOf(stack)) {
            const name = stack.decide(resource, () => spec.text("priorityClassName"), undefined);
            if (name !== undefined && !known.has(name)) {
                report(resource, `names the priority class ${name}, which there is none of`);
            }
        }
    },
});

/** What is in a namespace beside pods, and is of use only there. */
const BESIDE = [
    ...["Service", "ServiceAccount", "ConfigMap", "PodDisruptionBudget", "Role", "RoleBinding"],
    ...["NetworkPolicy", "CiliumNetworkPolicy", "ResourceQuota", "LimitRange"],
];

export const namespaceThere = stackRule({
    name: "object-namespace",
    description: "Every pod and what belongs to it is in a namespace of the stack, never in the default one",
    severity: "medium",
    references: [
        "Checkov CKV_K8S_21",
        "kube-linter use-namespace",
        "Kubescape C-0061",
        "CIS EKS 4.5.1",
        "CIS EKS 4.5.3",
    ],
    remediation: "Set metadata.namespace to a namespace that the stack makes.",
    url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
    types: kinds(...WORKLOADS, ...BESIDE),
    check(stack, report) {
        const namespaces = objectsOf(stack, "Namespace");
        for (const object of objectsOf(stack, ...WORKLOADS, ...BESIDE)) {
            const namespace = stack.decide(object.resource, () => namespaceOf(object), undefined);
            if (namespace === undefined || object.partial) continue;
            const found = those(stack, namespaces, (each) => nameOf(each) === namespace);
            if (found.length === 0)
                report(object.resource, `is in the namespace ${namespace}, which the stack does not make`);
        }
    },
});

export const statefulSetService = stackRule({
    name: "stateful-set-service",
    description: "The service that gives a StatefulSet's pods their names is there and has no address of its own",
    severity: "low",
    references: ["openclaw promise 1"],
    remediation: "Make a service with clusterIP None in the namespace, and name it in spec.serviceName.",
    url: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id",
    types: kinds("StatefulSet"),
    check(stack, report) {
        const services = objectsOf(stack, "Service");
        for (const pod of podsOf(stack, ["StatefulSet"])) {
            if (pod.partial) continue;
            stack.decide(
                pod.resource,
                () => {
                    const name = pod.props.text("spec.serviceName");
                    const found = those(stack, services, (service) => isIn(service, namespaceOf(pod), name));
                    if (found.length === 0)
                        report(pod.resource, `names the service ${name ?? "none"}, which is not there`);
                    for (const { props, resource } of found) {
                        const address = stack.decide(resource, () => props.text("spec.clusterIP"), "None");
                        if (address !== "None")
                            report(resource, `has clusterIP ${address ?? "of none"}, None is required`);
                    }
                },
                undefined,
            );
        }
    },
});

export const placementRules = [podPlacement, podPriorityThere, namespaceThere, statefulSetService];
