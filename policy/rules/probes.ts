import { z } from "zod";
import type { Reader } from "../engine/value";
import { type Container, containerRule, LASTING } from "./support/pods";

const PROBES = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/";
const KINDS = ["startup", "readiness", "liveness"] as const;
type Kind = (typeof KINDS)[number];

function probesOf({ props }: Container): [Kind, Reader][] {
    return KINDS.filter((kind) => props.has(`${kind}Probe`)).map((kind) => [kind, props.get(`${kind}Probe`)]);
}

export const containerProbes = containerRule({
    name: "container-probes",
    description: "Every container that listens is asked whether it has started, is ready and is alive",
    severity: "medium",
    references: [
        "Checkov CKV_K8S_8",
        "Checkov CKV_K8S_9",
        "kube-linter no-liveness-probe",
        "kube-linter no-readiness-probe",
        "Kubescape C-0018",
        "Kubescape C-0056",
        "openclaw promise 6",
    ],
    remediation: "Set startupProbe, readinessProbe and livenessProbe on the container.",
    url: PROBES,
    kinds: LASTING,
    settings: {
        required: z
            .array(z.enum(KINDS))
            .default([...KINDS])
            .describe("Probes that a container which listens must have"),
    },
    check({ props, init }, say, { required }) {
        // What only holds a place does not listen, and cannot be asked.
        if (init || props.list("ports").length === 0) return;
        const missing = required.filter((kind) => !props.has(`${kind}Probe`));
        if (missing.length > 0) say.missing(`listens, and has no ${missing.join(", ")} probe`);
    },
});

const HANDLERS = ["httpGet", "tcpSocket", "grpc", "exec"] as const;

export const probeTarget = containerRule({
    name: "container-probe-target",
    description: "Every probe asks at a port that its container listens at",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Name a port of the container, and a path that begins with a slash.",
    url: PROBES,
    check(container, say) {
        const ports = container.props.list("ports");
        for (const [kind, probe] of probesOf(container)) {
            const handler = HANDLERS.find((each) => probe.has(each));
            if (handler === undefined) say.missing(`has a ${kind} probe that asks nothing`);
            if (handler === undefined || handler === "exec") continue;
            const port = probe.raw(`${handler}.port`);
            const known = ports.some(
                (each) => port === each.text("name") || Number(port) === each.number("containerPort"),
            );
            if (port === undefined || !known)
                say.wrong(`has a ${kind} probe at port ${String(port)}, which it does not have`);
            if (handler !== "httpGet") continue;
            const path = probe.text("httpGet.path");
            if (path === undefined || !path.startsWith("/"))
                say.wrong(`has a ${kind} probe at the path ${path ?? "none"}`);
            const scheme = probe.text("httpGet.scheme") ?? "HTTP";
            if (scheme !== "HTTP" && scheme !== "HTTPS") say.wrong(`has a ${kind} probe by ${scheme}`);
        }
    },
});

const within = (seconds: number, what: string) =>
    z.int().min(1).default(seconds).describe(`Seconds within which a container ${what}, at most`);

export const probeTime = containerRule({
    name: "container-probe-time",
    description: "A container that fails is noticed soon",
    severity: "medium",
    references: ["openclaw promise 6", "openclaw promise 7"],
    remediation: "Set periodSeconds and failureThreshold so that their product is within the limit.",
    url: PROBES,
    settings: {
        startup: within(600, "that does not start is given up"),
        readiness: within(60, "that is not ready gets no more work"),
        liveness: within(120, "that hangs is started again"),
    },
    check(container, say, limits) {
        for (const [kind, probe] of probesOf(container)) {
            const period = probe.number("periodSeconds");
            const threshold = probe.number("failureThreshold");
            if (period === undefined || threshold === undefined) {
                say.missing(`has a ${kind} probe without periodSeconds or failureThreshold`);
                continue;
            }
            const seconds = period * threshold;
            if (!(period >= 1 && threshold >= 1 && seconds <= limits[kind])) {
                say.wrong(`has a ${kind} probe that takes ${seconds} s to fail, 1 to ${limits[kind]} s are required`);
            }
        }
    },
});

export const probeRules = [containerProbes, probeTarget, probeTime];
