import { strict as assert } from "node:assert";
import { parse } from "yaml";
import { litestreamConfig, SYNC_SECONDS } from "../../../../components/compute/agents/litestream-config";

interface Config {
    readonly dbs: readonly { readonly path: string; readonly replica: Readonly<Record<string, unknown>> }[];
    readonly levels: readonly { readonly interval: string }[];
    readonly "l0-retention": string;
    readonly "l0-retention-check-interval": string;
    readonly snapshot: { readonly interval: string; readonly retention: string };
}

describe("litestream.yml", () => {
    const config = parse(
        litestreamConfig(
            { global: "/state/openclaw.sqlite", agent: "/agents/main.sqlite" },
            {
                bucket: "${STATE_BUCKET}",
                region: "us-east-1",
                endpoint: "${S3_ENDPOINT}",
                prefix: "agents-analyst/${POD_NAME}",
            },
        ),
    ) as Config;

    it("replicates each database below the agent's own prefix", () => {
        assert.deepEqual(
            config.dbs.map(({ path, replica }) => [path, replica["path"]]),
            [
                ["/state/openclaw.sqlite", "agents-analyst/${POD_NAME}/global"],
                ["/agents/main.sqlite", "agents-analyst/${POD_NAME}/agent"],
            ],
        );
    });

    it("talks to the VPC's own S3 endpoint, in the bucket's region, with the pod's identity", () => {
        for (const { replica } of config.dbs) {
            assert.deepEqual(replica, {
                type: "s3",
                bucket: "${STATE_BUCKET}",
                path: replica["path"],
                region: "us-east-1",
                endpoint: "${S3_ENDPOINT}",
                "force-path-style": true,
                "sync-interval": `${SYNC_SECONDS}s`,
            });
        }
    });

    it("asks S3 seldom while nothing happens: each look costs, for each of hundreds of agents", () => {
        assert.ok(parseInt(config.levels[0]?.interval ?? "0") >= 5);
        assert.ok(parseInt(config["l0-retention-check-interval"]) >= 5);
        assert.ok(parseInt(config["l0-retention"]) > parseInt(config.levels[0]?.interval ?? "0"));
    });

    it("keeps more than one snapshot, so that there is always a way back", () => {
        assert.ok(parseInt(config.snapshot.retention) >= 2 * parseInt(config.snapshot.interval));
    });
});
