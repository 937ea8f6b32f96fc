import { strict as assert } from "node:assert";
import { logGroup } from "../../../components/operations/log-group";
import { platform, record } from "../../support/record";

describe("logGroup", () => {
    const create = (protect: boolean, retentionDays?: number) =>
        record(() =>
            logGroup(
                "x-logs",
                { logGroupName: "/x", platform: { ...platform, protect }, kmsKeyArn: "arn:key", retentionDays },
                {},
            ),
        );

    it("keeps logs for the platform's days under our key, and cannot be deleted where the platform is protected", async () => {
        const group = (await create(true)).get("x-logs");
        assert.deepEqual(group.inputs, {
            name: "/x",
            retentionInDays: 400,
            kmsKeyId: "arn:key",
            deletionProtectionEnabled: true,
        });
        assert.equal(group.protect, true);
    });

    it("takes another retention, and lets an unprotected environment be taken down", async () => {
        const group = (await create(false, 30)).get("x-logs");
        assert.equal(group.inputs["retentionInDays"], 30);
        assert.equal(group.inputs["deletionProtectionEnabled"], false);
        assert.equal(group.protect, false);
    });
});
