import { brokerKey, clusterKey, nodeDiskKey } from "../../../policy/rules/customer-keys";
import { set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

describe("policy: customer keys", () => {
    for (const [rule, name, path] of [
        [brokerKey, "brokers-cluster", "encryptionInfo.encryptionAtRestKmsKeyArn"],
        [clusterKey, "cluster-eks", "encryptionConfig.provider.keyArn"],
        [nodeDiskKey, "system-nodes-template", "blockDeviceMappings.0.ebs.kmsKeyId"],
    ] as const) {
        prove(rule, {
            breaks: [set(name, path, "alias/aws/ebs")],
            missing: unset(name, path),
            unknown: unknown(name, path),
        });
    }
});
