import * as rules from "../../../policy/rules/storage";
import { of } from "../support/kubernetes";
import { prove } from "../support/prove";

const storage = of("cells-storage-state", "kubernetes:storage.k8s.io/v1:StorageClass");

describe("policy: storage classes", () => {
    prove(rules.storageEncrypted, {
        breaks: [storage.set("parameters.encrypted", "false"), storage.set("parameters.kmsKeyId", "alias/aws/ebs")],
        missing: storage.unset("parameters.kmsKeyId"),
        unknown: storage.unknown("parameters.kmsKeyId"),
    });
    prove(rules.storageKept, {
        breaks: [storage.set("reclaimPolicy", "Delete")],
        missing: storage.unset("reclaimPolicy"),
        unknown: storage.unknown("reclaimPolicy"),
    });
    prove(rules.storageZone, {
        breaks: [storage.set("volumeBindingMode", "Immediate")],
        missing: storage.unset("volumeBindingMode"),
        unknown: storage.unknown("volumeBindingMode"),
    });
    prove(rules.storageGrows, {
        breaks: [storage.set("allowVolumeExpansion", false)],
        missing: storage.unset("allowVolumeExpansion"),
        unknown: storage.unknown("allowVolumeExpansion"),
    });
    prove(rules.storageType, {
        breaks: [storage.set("parameters.type", "gp2")],
        missing: storage.unset("parameters.type"),
        unknown: storage.unknown("parameters.type"),
    });
});
