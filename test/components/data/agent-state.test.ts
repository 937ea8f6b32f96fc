import { strict as assert } from "node:assert";
import { AgentState } from "../../../components/data/agent-state";
import { platform, type Recorded, record } from "../../support/record";

const create = (protect: boolean) =>
    record(
        () =>
            new AgentState("state", {
                platform: { ...platform, protect },
                kmsKeyArn: "arn:state-key",
                accessLogBucket: "access-logs",
                noncurrentDays: 30,
            }),
    );

const sids = (recorded: Recorded): string[] =>
    JSON.parse(String(recorded.inputs("state-policy")["policy"])).Statement.map(({ Sid }: { Sid: string }) => Sid);

describe("AgentState", () => {
    it("keeps what a replica overwrote or deleted for the days given, and only deletes it by lifecycle", async () => {
        const recorded = await create(true);
        assert.deepEqual(recorded.inputs("state-versioning")["versioningConfiguration"], { status: "Enabled" });
        assert.deepEqual(recorded.inputs("state-lifecycle")["rules"], [
            {
                id: "abort-unfinished-uploads",
                status: "Enabled",
                filter: { prefix: "" },
                abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
            },
            {
                id: "forget-old-versions",
                status: "Enabled",
                filter: { prefix: "" },
                expiration: { expiredObjectDeleteMarker: true },
                noncurrentVersionExpiration: { noncurrentDays: 30 },
            },
        ]);
        assert.deepEqual(sids(recorded), ["TlsOnly", "NoOtherEncryption", "NoOtherKey", "HistoryStays"]);
        assert.ok(recorded.get("state-lifecycle").dependencies.includes(recorded.get("state-versioning").urn));
    });

    it("never expires what is current: it is the only copy when a zone is gone", async () => {
        const rules = (await create(true)).inputs("state-lifecycle")["rules"];
        assert.doesNotMatch(JSON.stringify(rules), /"days"|transitions/);
    });

    it("is under our key, not locked, and records its requests", async () => {
        const recorded = await create(true);
        assert.deepEqual(recorded.inputs("state-bucket"), { objectLockEnabled: false, forceDestroy: false });
        assert.equal(recorded.get("state-bucket").protect, true);
        assert.match(JSON.stringify(recorded.inputs("state-encryption")), /"kmsMasterKeyId":"arn:state-key"/);
        assert.deepEqual(recorded.inputs("state-access-log"), {
            bucket: recorded.get("state-bucket").outputs["bucket"],
            targetBucket: "access-logs",
            targetPrefix: "state/",
            targetObjectKeyFormat: { partitionedPrefix: { partitionDateSource: "EventTime" } },
        });
    });

    it("can be emptied and taken down where nothing is protected", async () => {
        const recorded = await create(false);
        assert.equal(recorded.inputs("state-bucket")["forceDestroy"], true);
        assert.ok(recorded.resources.every(({ protect }) => !protect));
        assert.deepEqual(sids(recorded), ["TlsOnly", "NoOtherEncryption", "NoOtherKey"]);
    });
});
