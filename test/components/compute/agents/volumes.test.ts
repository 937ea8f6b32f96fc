import { strict as assert } from "node:assert";
import { FakeCluster } from "../../../commands/fake-cluster";
import type { FakeClaim, FakeSet } from "../../../commands/fake-controllers";
import { runRollout } from "./run-rollout";

describe("rollout.mjs and the volumes", () => {
    let cluster: FakeCluster;
    let set: FakeSet;

    beforeEach(async () => {
        cluster = await new FakeCluster().listen();
        cluster.addNodes("us-east-1a", 2);
        cluster.addNodes("us-east-1b", 2);
        set = cluster.addClass("analyst", 8, 4);
        set.revision = "analyst-v2";
        set.stateSize = "20Gi";
    });
    afterEach(() => cluster.close());

    const run = (environment: Record<string, string> = {}) =>
        runRollout(cluster, { VOLUME_SECONDS: "30", ...environment });
    const soon = { VOLUME_SECONDS: "0.2" };
    const claim = (ordinal: number): FakeClaim => {
        const found = cluster.claims.find(({ name }) => name === `state-analyst-${ordinal}`);
        assert.ok(found);
        return found;
    };
    const sizes = () => cluster.claims.map(({ size }) => size);
    const asked = () => cluster.changes.filter((change) => change.startsWith("PATCH"));
    const moved = () => cluster.agents(set).filter(({ revision, ready }) => revision === "analyst-v2" && ready).length;

    it("asks for the new size on every claim, before any agent moves, and waits until all have it", async () => {
        let waiting = 20;
        cluster.stuck = () => (waiting-- > 0 ? "on its way" : undefined);
        const { code, out } = await run();
        assert.equal(code, 0, out);
        assert.ok(cluster.claims.every(({ size, capacity }) => size === "20Gi" && capacity === "20Gi"));
        assert.equal(moved(), 8);
        const first = cluster.changes.findIndex((change) => change.startsWith("POST"));
        assert.equal(first, 8);
        assert.deepEqual(
            cluster.changes.slice(0, first).sort(),
            [0, 1, 2, 3, 4, 5, 6, 7].map(
                (ordinal) => `PATCH /api/v1/namespaces/agents-analyst/persistentvolumeclaims/state-analyst-${ordinal}`,
            ),
        );
        assert.match(out, /volumes: 8 are to grow to 20Gi, while their agents run/);
        assert.match(out, /volumes: all 8 have 20Gi or more/);
    });

    it("moves no agent where nothing but the size has changed", async () => {
        set.revision = "analyst-v1";
        const { code, out } = await run();
        assert.equal(code, 0, out);
        assert.deepEqual(cluster.changes, asked());
        assert.equal(asked().length, 8);
    });

    it("enlarges the volumes of agents that are scaled away, and no other claim of the namespace", async () => {
        set.replicas = 5;
        cluster.pods = cluster.pods.filter(({ name }) => Number(name.split("-")[1]) < 5);
        for (const name of ["state-analyst-x", "state-analyst-old-1", "other-analyst-1"]) {
            cluster.claims.push({ ...claim(1), name, uid: name });
        }
        const { code, out } = await run();
        assert.equal(code, 0, out);
        assert.equal(claim(7).size, "20Gi");
        assert.equal(asked().length, 8);
    });

    it("never makes a volume smaller, says so, and asks for nothing that is there", async () => {
        for (const [ordinal, size] of ["100Gi", "20480Mi", "21474836480", "0.5Ti", "22G", "19G", "20Gi"].entries()) {
            Object.assign(claim(ordinal), { size, capacity: size });
        }
        const { code, out } = await run();
        assert.equal(code, 0, out);
        assert.deepEqual(sizes(), ["100Gi", "20480Mi", "21474836480", "0.5Ti", "22G", "20Gi", "20Gi", "20Gi"]);
        assert.match(out, /volumes: 3 are larger than 20Gi and stay so/);
    });

    it("leaves all as they are where the class asks for less", async () => {
        set.stateSize = "5Gi";
        const { code, out } = await run();
        assert.equal(code, 0, out);
        assert.deepEqual(asked(), []);
        assert.equal(moved(), 8);
        assert.match(out, /volumes: 8 are larger than 5Gi and stay so, as volumes never shrink/);
    });

    it("does not make smaller what somebody has made larger at the same time", async () => {
        let calls = 0;
        cluster.intercept = (method, path) => {
            if (method === "PATCH" && path.endsWith("state-analyst-2") && calls++ === 0) {
                Object.assign(claim(2), { size: "50Gi", capacity: "50Gi", version: 2 });
            }
            return undefined;
        };
        const { code, out } = await run();
        assert.equal(code, 0, out);
        assert.equal(claim(2).size, "50Gi");
    });

    it("asks again for a claim that is bound only when its agent runs", async () => {
        const late = claim(3);
        const { volume } = late;
        late.volume = undefined;
        cluster.afterStep = () => void (moved() > 0 && (late.volume ??= volume));
        const { code, out } = await run();
        assert.equal(code, 0, out);
        assert.equal(late.size, "20Gi");
    });

    it("holds no agent up where the API refuses, and fails at the end with its words", async () => {
        const message = "only dynamically provisioned pvc can be resized";
        cluster.intercept = (method, path) =>
            method === "PATCH" && path.endsWith("state-analyst-4") ? { status: 403, body: { message } } : undefined;
        const { code, out, err } = await run();
        assert.equal(code, 1);
        assert.equal(moved(), 8);
        assert.match(
            out,
            /volumes: 1 cannot grow; agents go on without\. state-analyst-4 has 10Gi: the API refuses: 403/,
        );
        assert.match(
            err,
            /^1 of 8 volumes are smaller than 20Gi\. state-analyst-4 has 10Gi: the API refuses: 403 only dynamically provisioned pvc can be resized\. The agents run on; put right/,
        );
        assert.equal(sizes().filter((size) => size === "20Gi").length, 7);
    });

    it("does not wait for ever for a volume that EBS does not change now, and says why", async () => {
        cluster.stuck = ({ name }) =>
            /-[25]$/.test(name) ? "VolumeModificationRateExceeded: Wait at least 6 hours." : undefined;
        const { code, err } = await run(soon);
        assert.equal(code, 1);
        assert.equal(moved(), 8);
        assert.match(
            err,
            /^2 of 8 volumes are smaller than 20Gi, and none has grown for 0\.2 s\. state-analyst-2 has 10Gi: VolumeModificationRateExceeded: Wait at least 6 hours\. .*EBS changes a volume at most once in six hours\. Run `pulumi up` again then\.\nRunbook: docs\/runbooks\.md#rollout-stopped/,
        );
        cluster.stuck = () => undefined;
        assert.equal((await run(soon)).code, 0);
    });
});
