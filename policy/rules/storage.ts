import { z } from "zod";
import { resourceRule } from "../engine/rule";
import { each, type KubernetesObject, kinds, objectsIn } from "./support/kubernetes";

const EBS = "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md";
const CLASSES = "https://kubernetes.io/docs/concepts/storage/storage-classes/";
const types = kinds("StorageClass");

/** Parameters are the provisioner's own words. */
function isEbs({ props }: KubernetesObject): boolean {
    return /^ebs\.csi\./.test(props.text("provisioner") ?? "");
}

export const storageEncrypted = resourceRule({
    name: "storage-class-encryption",
    description: "Volumes of EBS are encrypted with a key of one's own",
    severity: "critical",
    references: ["AWS FSBP EC2.3", "openclaw promise 4"],
    remediation: 'Set parameters.encrypted to "true" and parameters.kmsKeyId to the key.',
    url: EBS,
    types,
    check(resource, report) {
        each(objectsIn(resource), (object) => {
            if (!isEbs(object)) return;
            const { props } = object;
            if (props.flag("parameters.encrypted") !== true) {
                report(`has encrypted ${String(props.raw("parameters.encrypted") ?? "of none")}, true is required`);
            }
            if (!props.has("parameters.kmsKeyId")) return report("has no kmsKeyId: volumes would have Amazon's key");
        });
        each(objectsIn(resource), (object) => {
            if (!isEbs(object) || !object.props.has("parameters.kmsKeyId")) return;
            const key = object.props.text("parameters.kmsKeyId") ?? "";
            if (!/^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/./.test(key))
                report(`has kmsKeyId ${key}, the ARN of a key is required`);
        });
    },
});

export const storageKept = resourceRule({
    name: "storage-class-kept",
    description: "A volume outlives its claim, whoever deletes that",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation: "Set reclaimPolicy to Retain.",
    url: `${CLASSES}#reclaim-policy`,
    types,
    check(resource, report) {
        each(objectsIn(resource), ({ props }) => {
            const policy = props.text("reclaimPolicy") ?? "Delete";
            if (policy !== "Retain") report(`has reclaimPolicy ${policy}, Retain is required`);
        });
    },
});

export const storageZone = resourceRule({
    name: "storage-class-zone",
    description: "A volume is made in the zone of the pod that needs it",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set volumeBindingMode to WaitForFirstConsumer.",
    url: `${CLASSES}#volume-binding-mode`,
    types,
    check(resource, report) {
        each(objectsIn(resource), ({ props }) => {
            const mode = props.text("volumeBindingMode") ?? "Immediate";
            if (mode !== "WaitForFirstConsumer")
                report(`has volumeBindingMode ${mode}, WaitForFirstConsumer is required`);
        });
    },
});

export const storageGrows = resourceRule({
    name: "storage-class-growth",
    description: "A volume that is nearly full can be enlarged",
    severity: "medium",
    references: ["openclaw promise 4"],
    remediation: "Set allowVolumeExpansion to true.",
    url: `${CLASSES}#allow-volume-expansion`,
    types,
    check(resource, report) {
        each(objectsIn(resource), ({ props }) => {
            if (props.flag("allowVolumeExpansion") !== true) report("has volumes that cannot be enlarged");
        });
    },
});

export const storageType = resourceRule({
    name: "storage-class-volume-type",
    description: "Volumes of EBS are of a type whose speed does not depend on their size or on credits",
    severity: "low",
    references: ["openclaw promise 3"],
    remediation: "Set parameters.type to one of the types.",
    url: EBS,
    types,
    settings: {
        volumeTypes: z.array(z.string()).min(1).default(["gp3", "io2"]).describe("Types of volume that will do"),
    },
    check(resource, report, { volumeTypes }) {
        each(objectsIn(resource), (object) => {
            if (!isEbs(object)) return;
            const type = object.props.text("parameters.type") ?? "of none";
            if (!volumeTypes.includes(type)) report(`has type ${type}, ${volumeTypes.join(" or ")} is required`);
        });
    },
});

export const storageRules = [storageEncrypted, storageKept, storageZone, storageGrows, storageType];
