import { strict as assert } from "node:assert";
import { FakeCluster } from "../../../commands/fake-cluster";
import type { FakeSet } from "../../../commands/fake-controllers";
import { type Run, runRollout } from "./run-rollout";

/** For runs that are to fail. Those that are to succeed have time, however busy the machine is. */
const SOON = { READY_SECONDS: "0.2" };

describe("rollout.mjs", () => {
    let cluster: FakeCluster;
    let set: FakeSet;

    beforeEach(async () => {
        cluster = await new FakeCluster().listen();
        cluster.addNodes("us-east-1a", 2);
        cluster.addNodes("us-east-1b", 2);
        set = cluster.addClass("analyst", 12, 2);
        cluster.grace = 2;
        cluster.start = 2;
        set.revision = "analyst-v2";
    });
    afterEach(() => cluster.close());

    function run(environment: Record<string, string> = {}, signalAfter?: () => boolean): Promise<Run> {
        return runRollout(cluster, environment, signalAfter);
    }

    const at = (revision: string) => cluster.agents(set).filter((pod) => pod.revision === revision).length;
    const evicted = () =>
        cluster.changes.map((change) => /pods\/(.*)\/eviction/.exec(change)?.[1]).filter((name) => name !== undefined);

    it("brings all agents to the new revision, as many at once as the budget allows and no more", async () => {
        const { code, out } = await run();
        assert.equal(code, 0, out);
        assert.equal(at("analyst-v2"), 12);
        assert.ok(cluster.agents(set).every(({ ready }) => ready));
        assert.equal(cluster.mostAway, 2);
        assert.match(out, /done: all 12 agents run analyst-v2 and are Ready; 12 moved, at most 2 away at once/);
    });

    it("evicts and deletes nothing else", async () => {
        await run();
        assert.ok(
            cluster.changes.every((change) => /^POST .*\/agents-analyst\/pods\/analyst-\d+\/eviction$/.test(change)),
        );
    });

    it("sends one agent ahead, and the others once it is Ready", async () => {
        let others = 0;
        cluster.intercept = () => {
            const arrived = cluster.agents(set).some(({ revision, ready }) => revision === "analyst-v2" && ready);
            if (!arrived) others = new Set(evicted()).size;
            return undefined;
        };
        await run();
        assert.equal(others, 1);
    });

    it("stops at the first broken agent, names it and says why, and leaves the others as they are", async () => {
        cluster.broken = ({ revision }) => revision === "analyst-v2";
        const { code, err } = await run(SOON);
        assert.equal(code, 1);
        assert.match(
            err,
            /analyst-0 of analyst-v2 was not Ready within 0\.2 s: container gateway: CrashLoopBackOff, back-off 40s, exit code 137 \(OOMKilled\)/,
        );
        assert.match(
            err,
            /0 of 12 agents run analyst-v2; 11 were left as they are\.\nRunbook: docs\/runbooks\.md#rollout-stopped/,
        );
        assert.equal(at("analyst-v1"), 11);
    });

    it("stops where only a later agent is broken, with no more than the budget away", async () => {
        cluster.broken = ({ revision, name }) => revision === "analyst-v2" && name === "analyst-7";
        const { code, err } = await run(SOON);
        assert.equal(code, 1);
        assert.match(err, /analyst-7 of analyst-v2 was not Ready/);
        assert.equal(cluster.mostAway, 2);
    });

    it("stops at an agent that is Ready only now and then", async () => {
        cluster.flapping = ({ revision }) => revision === "analyst-v2";
        const { code, err } = await run();
        assert.equal(code, 1);
        assert.match(err, /analyst-\d+ of analyst-v2 restarted 3 times/);
    });

    it("mends a roll-out that has stopped, first where agents are broken", async () => {
        cluster.broken = ({ revision }) => revision === "analyst-v2";
        await run(SOON);
        cluster.changes.length = 0;
        set.revision = "analyst-v3";
        const { code, out } = await run();
        assert.equal(code, 0, out);
        assert.equal(at("analyst-v3"), 12);
        assert.equal(evicted()[0], "analyst-0");
    });

    it("goes on where it was ended, and moves nobody twice", async () => {
        const first = await run({}, () => at("analyst-v2") >= 7);
        assert.equal(first.code, 1);
        assert.match(first.out, /told to stop/);
        assert.ok(at("analyst-v1") > 0);
        cluster.afterStep = () => undefined;
        const moved = new Set(
            cluster
                .agents(set)
                .filter(({ revision }) => revision === "analyst-v2")
                .map(({ uid }) => uid),
        );
        const { code } = await run();
        assert.equal(code, 0);
        assert.ok([...moved].every((uid) => cluster.pods.some((pod) => pod.uid === uid)));
    });

    it("does nothing when all agents are there already", async () => {
        set.revision = "analyst-v1";
        const { code, out } = await run();
        assert.equal(code, 0);
        assert.match(out, /done: .* none had to move/);
        assert.deepEqual(cluster.changes, []);
    });

    it("turns to a newer revision that appears midway", async () => {
        cluster.afterStep = () => {
            if (at("analyst-v2") === 5) set.revision = "analyst-v3";
        };
        const { code, out } = await run();
        assert.equal(code, 0, out);
        assert.match(out, /revision analyst-v3 has replaced analyst-v2/);
        assert.equal(at("analyst-v3"), 12);
    });

    it("waits until the controller has taken note of the template", async () => {
        set.observed = false;
        set.revision = "analyst-v1";
        setTimeout(() => {
            set.revision = "analyst-v2";
            set.observed = true;
        }, 150);
        assert.equal((await run()).code, 0);
        assert.equal(at("analyst-v2"), 12);
    });

    it("gets along with pods that are gone or replaced before it comes to them", async () => {
        cluster.intercept = (method, path) => {
            const name = method === "POST" ? /pods\/(analyst-(?:3|11))\/eviction/.exec(path)?.[1] : undefined;
            const pod = cluster.pods.find((one) => one.name === name && one.revision === "analyst-v1");
            if (pod !== undefined) cluster.pods = cluster.pods.filter((one) => one !== pod);
            return undefined;
        };
        const { code, out } = await run();
        assert.equal(code, 0, out);
        assert.equal(at("analyst-v2"), 12);
    });

    it("tries again while the API is away or overloaded, and fails with its words when it stays so", async () => {
        let calls = 0;
        cluster.intercept = () => {
            calls++;
            if (calls % 5 === 1) return { status: 429, body: "Too many requests, please try again later." };
            if (calls % 7 === 1) return { status: 503, body: { message: "etcd leader changed" } };
            return undefined;
        };
        // Its patience is not what is tried here, and a busy machine may need more of it.
        assert.equal((await run({ RETRY_SECONDS: "20" })).code, 0);
        cluster.intercept = () => ({ status: 503, body: { message: "no leader" } });
        const { code, err } = await run();
        assert.equal(code, 1);
        assert.match(err, /GET .* has failed for 0\.3 s: 503 no leader/);
    });

    it("says what it may not do", async () => {
        cluster.intercept = (method) =>
            method === "POST" ? { status: 403, body: { message: "no rights" } } : undefined;
        const { code, err } = await run();
        assert.equal(code, 1);
        assert.match(err, /cannot evict analyst-0: 403 no rights/);
    });

    it("starts nothing without a budget, for then all would go at once", async () => {
        set.maxUnavailable = undefined;
        const { code, err } = await run();
        assert.equal(code, 1);
        assert.match(err, /no PodDisruptionBudget selects the pods of analyst/);
        assert.deepEqual(cluster.changes, []);
    });

    it("does not wait for ever on a budget that lets nobody go", async () => {
        set.maxUnavailable = 0;
        const { code, err } = await run(SOON);
        assert.equal(code, 1);
        assert.match(err, /has allowed nothing for 0\.2 s/);
    });

    it("tells why a replacement was not created", async () => {
        set.refusal = 'create Pod analyst-0 failed: exceeded quota "agents"';
        const { code, err } = await run(SOON);
        assert.equal(code, 1);
        assert.match(err, /analyst-0 was not created within 0\.2 s: .*exceeded quota "agents"/);
    });

    it("does not wait for ever for a pod on a lost node", async () => {
        cluster.grace = 1000;
        const { code, err } = await run(SOON);
        assert.equal(code, 1);
        assert.match(
            err,
            /analyst-0 has not ended within .* on agents-us-east-1a-0; if the node is lost, see #zone-evacuation/,
        );
    });

    it("names a setting that is missing", async () => {
        const { code, err } = await run({ READY_SECONDS: "" });
        assert.equal(code, 2);
        assert.match(err, /READY_SECONDS is not set/);
    });
});
