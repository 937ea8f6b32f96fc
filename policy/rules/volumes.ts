import { z } from "zod";
import { stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { isIn, kinds, namespaceOf, objectsOf, those } from "./support/kubernetes";
import { claimTemplatesOf, containerRule, containersOf, podRule, podsOf, WORKLOADS } from "./support/pods";
import { isQuantity, quantity, quantityAt, saidAt } from "./support/quantity";

const VOLUMES = "https://kubernetes.io/docs/concepts/storage/volumes/";

/** What a volume is: its only key beside its name. */
function kindOf(volume: Reader): string {
    return volume.keys().find((key) => key !== "name" && volume.has(key)) ?? "nothing";
}

export const volumeKinds = podRule({
    name: "pod-volume-kinds",
    description:
        "Pods have only volumes that are theirs alone: no file systems of the network, no drivers of their own choosing",
    severity: "high",
    references: ["Checkov CKV_K8S_27", "NSA/CISA Pod security", "openclaw promise 1"],
    remediation: "Keep what must last on a volume claim, and the rest in an emptyDir.",
    url: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
    settings: {
        allowed: z
            .array(z.string())
            .default(["configMap", "secret", "emptyDir", "projected", "downwardAPI", "persistentVolumeClaim"])
            .describe("Kinds of volume that pods may have"),
    },
    check({ spec }, say, { allowed }) {
        for (const volume of spec.list("volumes")) {
            const kind = kindOf(volume);
            // Paths of the node are another rule's.
            if (kind !== "hostPath" && !allowed.includes(kind)) {
                say.wrong(`has the volume ${volume.text("name") ?? ""} of ${kind}, ${allowed.join(", ")} are allowed`);
            }
        }
    },
});

export const containerMounts = containerRule({
    name: "container-mounts",
    description: "Every container mounts volumes that its pod has, each at a place of its own",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Name a volume or claim template of the pod, and mount it at an absolute path that nothing else has.",
    url: VOLUMES,
    check({ pod, props }, say) {
        const claims = claimTemplatesOf(pod).flatMap((claim) => claim.text("metadata.name") ?? []);
        const volumes = new Set([
            ...pod.spec.list("volumes").flatMap((volume) => volume.text("name") ?? []),
            ...claims,
        ]);
        const places = new Set<string>();
        for (const mount of props.list("volumeMounts")) {
            const name = mount.text("name") ?? "nothing";
            const place = mount.text("mountPath") ?? "nowhere";
            if (!volumes.has(name) && !pod.partial) say.wrong(`mounts ${name}, which its pod does not have`);
            if (!place.startsWith("/")) say.wrong(`mounts ${name} at ${place}, an absolute path is required`);
            if (places.has(place)) say.wrong(`mounts two volumes at ${place}`);
            places.add(place);
        }
    },
});

const GIVEN = ["configMap", "secret", "projected", "downwardAPI"];

export const mountReadOnly = containerRule({
    name: "container-mount-read-only",
    description: "Containers do not write to what they are given to read",
    severity: "low",
    references: ["openclaw promise 1"],
    remediation: "Set readOnly to true where a ConfigMap or a secret is mounted.",
    url: VOLUMES,
    check({ pod, props }, say) {
        const given = pod.spec
            .list("volumes")
            .filter((volume) => GIVEN.some((kind) => volume.has(kind)))
            .flatMap((volume) => volume.text("name") ?? []);
        for (const mount of props.list("volumeMounts")) {
            const name = mount.text("name") ?? "";
            if (given.includes(name) && mount.flag("readOnly") !== true) say.missing(`mounts ${name} without readOnly`);
        }
    },
});

export const secretMode = podRule({
    name: "pod-secret-mode",
    description: "Secrets in pods are read by their user and group alone",
    severity: "medium",
    references: ["openclaw promise 4"],
    remediation: "Set defaultMode of the volume to 0440 or less, which is 288 in decimal.",
    url: "https://kubernetes.io/docs/concepts/configuration/secret/#restriction-secret-file-permissions",
    check({ spec }, say) {
        for (const volume of spec.list("volumes").filter((each) => each.has("secret"))) {
            const name = volume.text("name") ?? "";
            const mode = volume.number("secret.defaultMode");
            if (mode === undefined) say.missing(`has the secret ${name} with no defaultMode, which means 0644`);
            else if ((mode & 0o027) !== 0 || mode > 0o777)
                say.wrong(`has the secret ${name} with mode 0${mode.toString(8)}`);
        }
    },
});

export const scratchLimit = podRule({
    name: "pod-scratch-limit",
    description: "Every scratch volume has an end",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Set emptyDir.sizeLimit, and no larger than what the pod may take of its node.",
    url: "https://kubernetes.io/docs/concepts/storage/volumes/#emptydir",
    settings: {
        maximum: z
            .string()
            .refine(isQuantity, "must be a quantity, e.g. 8Gi")
            .default("20Gi")
            .describe("Largest scratch volume"),
    },
    check({ spec }, say, { maximum }) {
        for (const volume of spec.list("volumes").filter((each) => each.has("emptyDir"))) {
            const name = volume.text("name") ?? "";
            const limit = quantityAt(volume, "emptyDir.sizeLimit");
            if (limit === undefined) say.missing(`has the scratch volume ${name} without sizeLimit`);
            else if (!(limit > 0 && limit <= quantity(maximum))) {
                say.wrong(
                    `has the scratch volume ${name} of ${saidAt(volume, "emptyDir.sizeLimit")}, ${maximum} is the most`,
                );
            }
        }
    },
});

export const configMapThere = stackRule({
    name: "pod-config-map",
    description: "Every ConfigMap that a pod needs is there",
    severity: "medium",
    references: ["openclaw promise 8"],
    remediation: "Name a ConfigMap of the pod's namespace, or mark it as optional.",
    url: "https://kubernetes.io/docs/concepts/configuration/configmap/",
    types: kinds(...WORKLOADS),
    settings: {
        outside: z
            .array(z.string())
            .default([])
            .describe("ConfigMaps that exist without this stack, as namespace/name"),
    },
    check(stack, report, { outside }) {
        const maps = objectsOf(stack, "ConfigMap");
        for (const pod of podsOf(stack)) {
            const needed = () => [
                ...pod.spec.list("volumes").map((volume) => volume.get("configMap")),
                ...containersOf(pod).flatMap(({ props }) => [
                    ...props.list("envFrom").map((source) => source.get("configMapRef")),
                    ...props.list("env").map((variable) => variable.get("valueFrom.configMapKeyRef")),
                ]),
            ];
            for (const source of stack.decide(pod.resource, needed, [])) {
                stack.decide(
                    pod.resource,
                    () => {
                        if (!source.has("name") || source.flag("optional")) return;
                        const namespace = namespaceOf(pod);
                        const name = source.text("name");
                        if (outside.includes(`${namespace}/${name ?? ""}`)) return;
                        if (those(stack, maps, (map) => isIn(map, namespace, name)).length > 0) return;
                        report(pod.resource, `needs the ConfigMap ${name ?? ""}, which ${namespace} does not have`);
                    },
                    undefined,
                );
            }
        }
    },
});

export const volumeRules = [volumeKinds, containerMounts, mountReadOnly, secretMode, scratchLimit, configMapThere];
