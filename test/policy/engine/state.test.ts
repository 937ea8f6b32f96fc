import { strict as assert } from "node:assert";
import { resourcesOfState } from "../../../policy/engine/state";
import { Undecided } from "../../../policy/engine/value";

const urn = (type: string, name: string) => `urn:pulumi:dev::shop::${type}::${name}`;
const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };

describe("policy: an exported state", () => {
    const state = JSON.stringify({
        version: 3,
        deployment: {
            manifest: { time: "2026-01-01T00:00:00Z" },
            resources: [
                { urn: urn("pulumi:pulumi:Stack", "shop-dev"), type: "pulumi:pulumi:Stack" },
                {
                    urn: urn("aws:rds/cluster:Cluster", "orders"),
                    type: "aws:rds/cluster:Cluster",
                    custom: true,
                    id: "orders",
                    protect: true,
                    parent: urn("pulumi:pulumi:Stack", "shop-dev"),
                    inputs: { storageEncrypted: true, masterPassword: secret },
                    outputs: { arn: "arn:aws:rds:..." },
                    propertyDependencies: { kmsKeyId: [urn("aws:kms/key:Key", "key")], storageEncrypted: null },
                },
                { urn: urn("aws:rds/cluster:Cluster", "old"), type: "aws:rds/cluster:Cluster", delete: true },
            ],
        },
    });

    it("becomes resources as rules see them, without those that wait for deletion", () => {
        const resources = resourcesOfState(state);
        assert.deepEqual(
            resources.map(({ name }) => name),
            ["shop-dev", "orders"],
        );
        const orders = resources[1];
        assert.equal(orders?.protect, true);
        assert.equal(orders?.props.flag("storageEncrypted"), true);
        assert.deepEqual(orders?.propertyDependencies["kmsKeyId"], [urn("aws:kms/key:Key", "key")]);
        assert.throws(() => orders?.props.text("masterPassword"), Undecided);
    });

    it("is refused with what is wrong where it is something else", () => {
        assert.throws(() => resourcesOfState("{"), /not JSON/);
        assert.throws(() => resourcesOfState('{"version": 3}'), /no exported state: deployment/);
        assert.throws(() => resourcesOfState('{"version": 1, "deployment": {}}'), /no exported state: version/);
    });

    it("may be that of an empty stack", () => {
        assert.deepEqual(resourcesOfState('{"version": 3, "deployment": {}}'), []);
    });
});
