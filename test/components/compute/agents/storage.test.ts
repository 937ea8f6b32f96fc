import { strict as assert } from "node:assert";
import { AgentStorage } from "../../../../components/compute/agents/storage";
import { type Recorded, record } from "../../../support/record";
import { keyArn } from "../support";

const storageClass = "kubernetes:storage.k8s.io/v1:StorageClass";
const priorityClass = "kubernetes:scheduling.k8s.io/v1:PriorityClass";

describe("AgentStorage", () => {
    let recorded: Recorded;
    before(async () => {
        recorded = await record(() => new AgentStorage("agent-storage", { volumesKeyArn: keyArn("volumes") }));
    });

    it("makes encrypted volumes in the zone of their agent, in whatever zones there are, and never deletes one", () => {
        assert.deepEqual(recorded.inputs("agent-storage-state", storageClass), {
            apiVersion: "storage.k8s.io/v1",
            kind: "StorageClass",
            metadata: { name: "openclaw-state" },
            provisioner: "ebs.csi.aws.com",
            parameters: { type: "gp3", encrypted: "true", kmsKeyId: keyArn("volumes") },
            volumeBindingMode: "WaitForFirstConsumer",
            reclaimPolicy: "Retain",
            allowVolumeExpansion: true,
        });
    });

    it("ranks agents above headroom and below what the cluster needs, and nobody by default", () => {
        const { value, globalDefault, metadata } = recorded.inputs("agent-storage-priority", priorityClass);
        assert.deepEqual(
            { value, globalDefault, metadata },
            { value: 1_000_000, globalDefault: false, metadata: { name: "openclaw-agent" } },
        );
    });

    it("makes nothing else", () => {
        assert.deepEqual(
            recorded.resources
                .filter(({ custom }) => custom)
                .map(({ type }) => type)
                .sort(),
            [priorityClass, storageClass],
        );
    });
});
