import { z } from "zod";
import { stackRule } from "../engine/rule";
import { eachObject, kinds, namespaceOf, those } from "./support/kubernetes";
import { includes, labelsAt } from "./support/labels";
import { containersOf, podLabels, podsOf } from "./support/pods";

const SERVICE = "https://kubernetes.io/docs/concepts/services-networking/service/";
/** What makes a path from outside into the cluster. */
const PATHS = [
    "Ingress",
    "Gateway",
    "HTTPRoute",
    "GRPCRoute",
    "TCPRoute",
    "TLSRoute",
    "UDPRoute",
    "TargetGroupBinding",
];

export const publicPath = stackRule({
    name: "service-exposure",
    description: "No path leads from outside the cluster to its pods",
    severity: "critical",
    references: [
        "kube-linter exposed-services",
        "Kubescape C-0021",
        "NSA/CISA Network separation",
        "openclaw promise 1",
    ],
    remediation: "Use a service of type ClusterIP without externalIPs, and no ingress, gateway or route.",
    url: `${SERVICE}#publishing-services-service-types`,
    types: kinds("Service", ...PATHS),
    settings: {
        allowed: z
            .array(z.string())
            .default([])
            .describe("Objects that may be reached from outside, as namespace/name"),
    },
    check(stack, report, { allowed }) {
        eachObject(stack, ["Service", ...PATHS], (object) => {
            const { kind, props, resource } = object;
            if (allowed.includes(`${namespaceOf(object)}/${props.text("metadata.name") ?? ""}`)) return;
            if (kind !== "Service") return report(resource, `is a path from outside: ${kind}`);
            const type = props.text("spec.type") ?? "ClusterIP";
            if (type !== "ClusterIP") report(resource, `has type ${type}, ClusterIP is required`);
            const addresses = props.texts("spec.externalIPs");
            if (addresses.length > 0) report(resource, `has externalIPs ${addresses.join(", ")}`);
            const lead = props.keys("metadata.annotations").filter((key) => /load-balancer|loadbalancer/.test(key));
            if (lead.length > 0) report(resource, `asks for a load balancer with ${lead.join(", ")}`);
        });
    },
});

export const serviceTarget = stackRule({
    name: "service-target",
    description: "Every service leads to pods that there are, at ports where they listen",
    severity: "medium",
    references: ["kube-linter dangling-service", "openclaw promise 6"],
    remediation: "Give the service's selector labels that pods of its namespace have, and a targetPort of theirs.",
    url: SERVICE,
    types: kinds("Service"),
    check(stack, report) {
        const pods = podsOf(stack);
        eachObject(stack, ["Service"], (service) => {
            const { props, resource } = service;
            // One without a selector has its addresses from elsewhere.
            if (!props.has("spec.selector")) return report(resource, "selects no pods");
            const selector = labelsAt(props, "spec.selector");
            const found = those(
                stack,
                pods,
                (pod) => namespaceOf(pod) === namespaceOf(service) && includes(podLabels(pod), selector),
            );
            if (selector.size === 0 || found.length === 0) return report(resource, "selects no pod that there is");
            const ports = found.flatMap((pod) =>
                containersOf(pod).flatMap((container) => container.props.list("ports")),
            );
            const open = props.list("spec.ports");
            if (open.length === 0) report(resource, "has no ports");
            for (const port of open) {
                const target = port.raw("targetPort") ?? port.raw("port");
                const known = ports.some(
                    (each) => each.text("name") === target || each.number("containerPort") === Number(target),
                );
                if (!known) report(resource, `leads to port ${String(target)}, at which no pod listens`);
                const protocol = port.text("protocol") ?? "TCP";
                if (!["TCP", "UDP", "SCTP"].includes(protocol)) report(resource, `has a port of protocol ${protocol}`);
            }
        });
    },
});

export const serviceRules = [publicPath, serviceTarget];
