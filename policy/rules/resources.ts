import { z } from "zod";
import { stackRule } from "../engine/rule";
import { kinds } from "./support/kubernetes";
import { containerRule, containersOf, environmentOf, podsOf, WORKLOADS } from "./support/pods";
import { yielding } from "./support/priorities";
import { isQuantity, quantity, quantityAt, saidAt } from "./support/quantity";

const RESOURCES = "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/";
/** All three; each can be taken by one container from all others of its node. */
const KINDS = ["cpu", "memory", "ephemeral-storage"] as const;
/** What a container has it keeps until it ends: overcommitted, somebody is killed. */
const INCOMPRESSIBLE = ["memory", "ephemeral-storage"] as const;

export const containerRequests = containerRule({
    name: "container-requests",
    description: "Every container says what it needs of processor, memory and scratch space",
    severity: "high",
    references: [
        "Checkov CKV_K8S_10",
        "Checkov CKV_K8S_12",
        "kube-linter unset-cpu-requirements",
        "kube-linter unset-memory-requirements",
        "Polaris cpuRequestsMissing",
        "Polaris memoryRequestsMissing",
        "Kubescape C-0268",
        "openclaw promise 1",
    ],
    remediation: `Set resources.requests of ${KINDS.join(", ")} on the container.`,
    url: RESOURCES,
    check({ props }, say) {
        for (const kind of KINDS) {
            const request = quantityAt(props, `resources.requests.${kind}`);
            if (request === undefined) say.missing(`requests no ${kind}`);
            else if (!(request > 0)) say.wrong(`requests ${kind} of ${saidAt(props, `resources.requests.${kind}`)}`);
        }
    },
});

export const containerLimits = containerRule({
    name: "container-limits",
    description: "Every container has an end of what it may take of processor, memory and scratch space",
    severity: "high",
    references: [
        "Checkov CKV_K8S_11",
        "Checkov CKV_K8S_13",
        "kube-linter unset-cpu-requirements",
        "kube-linter unset-memory-requirements",
        "Polaris cpuLimitsMissing",
        "Polaris memoryLimitsMissing",
        "Kubescape C-0009",
        "Trivy KSV-0011",
        "Trivy KSV-0018",
        "openclaw promise 1",
    ],
    remediation: `Set resources.limits of ${KINDS.join(", ")} on the container.`,
    url: RESOURCES,
    check({ props }, say) {
        for (const kind of KINDS) {
            const limit = quantityAt(props, `resources.limits.${kind}`);
            if (limit === undefined) say.missing(`has no limit of ${kind}`);
            else if (!(limit > 0)) say.wrong(`has a limit of ${kind} of ${saidAt(props, `resources.limits.${kind}`)}`);
        }
    },
});

export const containerNotOvercommitted = containerRule({
    name: "container-memory-guaranteed",
    description:
        "Every container may take as much memory and scratch space as it requests, so that nodes are not overcommitted",
    severity: "high",
    references: ["Kubescape C-0004", "openclaw promise 1", "openclaw promise 2"],
    remediation: "Set the request of memory and ephemeral-storage equal to the limit.",
    url: "https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/",
    check({ props }, say) {
        for (const kind of INCOMPRESSIBLE) {
            const request = quantityAt(props, `resources.requests.${kind}`);
            const limit = quantityAt(props, `resources.limits.${kind}`);
            // What is missing is told by the rules of requests and limits.
            if (!(request !== undefined && limit !== undefined && request > 0 && limit > 0)) continue;
            if (request === limit) continue;
            const of = (what: string) => saidAt(props, `resources.${what}.${kind}`);
            say.wrong(`requests ${kind} of ${of("requests")} and may take ${of("limits")}`);
        }
    },
});

const size = (text: string, unit: string) =>
    z
        .string()
        .refine(isQuantity, "must be a quantity, e.g. 4 or 8Gi")
        .default(text)
        .describe(`Largest limit of ${unit}`);

export const containerMaximum = stackRule({
    name: "container-maximum",
    description:
        "No container is large, since capacity grows by more pods, but for those of negative priority, which only hold room",
    severity: "medium",
    references: ["Kubescape C-0009", "openclaw promise 1", "openclaw promise 2"],
    remediation: "Make the container smaller and its replicas more, or raise the maximum for the environment.",
    url: RESOURCES,
    types: kinds(...WORKLOADS),
    settings: {
        cpu: size("4", "processor, in cores"),
        memory: size("8Gi", "memory"),
        ephemeralStorage: size("20Gi", "scratch space"),
    },
    check(stack, report, { cpu, memory, ephemeralStorage }) {
        const maxima = { cpu, memory, "ephemeral-storage": ephemeralStorage };
        const yields = yielding(stack);
        for (const pod of podsOf(stack)) {
            if (yields(pod)) continue;
            for (const { props, title } of stack.decide(pod.resource, () => containersOf(pod), [])) {
                for (const [kind, maximum] of Object.entries(maxima)) {
                    const path = `resources.limits.${kind}`;
                    const limit = stack.decide(pod.resource, () => quantityAt(props, path), undefined);
                    if (limit === undefined || !(limit > quantity(maximum))) continue;
                    report(pod.resource, `${title} may take ${kind} of ${saidAt(props, path)}, ${maximum} is the most`);
                }
            }
        }
    },
});

export const containerHeap = containerRule({
    name: "container-heap",
    description: "A runtime that is told how much memory it has is told less than its container has",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Set --max-old-space-size or GOMEMLIMIT to the largest share of the memory limit or less.",
    url: "https://nodejs.org/docs/latest/api/cli.html#--max-old-space-sizesize-in-mib",
    settings: {
        largestShare: z.number().gt(0).lt(1).default(0.8).describe("Largest share of the memory limit"),
    },
    check(container, say, { largestShare }) {
        const limit = quantityAt(container.props, "resources.limits.memory");
        if (limit === undefined || Number.isNaN(limit)) return;
        const texts = [
            environmentOf(container, "NODE_OPTIONS") ?? "",
            ...container.props.texts("command"),
            ...container.props.texts("args"),
        ];
        const heaps = texts.flatMap((text) => /--max-old-space-size=(\d+)/.exec(text)?.[1] ?? []);
        const go = environmentOf(container, "GOMEMLIMIT");
        const told = [...heaps.map((each) => `${each}Mi`), ...(go === undefined ? [] : [go.replace(/B$/, "")])];
        for (const each of told) {
            const share = quantity(each) / limit;
            if (share <= largestShare) continue;
            const percent = Number.isNaN(share) ? "no" : `${Math.round(share * 100)} %`;
            say.wrong(`tells its runtime of ${each}, ${percent} of its memory: ${largestShare * 100} % is the most`);
        }
    },
});

export const resourceRules = [
    containerRequests,
    containerLimits,
    containerNotOvercommitted,
    containerMaximum,
    containerHeap,
];
