import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evacuate, type EvacuationOptions } from "../../commands/evacuation";
import { main } from "../../commands/evacuate-zone";
import { Kube } from "../../commands/kube";
import { FakeCluster } from "./fake-cluster";

const A = "us-east-1a";
const B = "us-east-1b";

describe("evacuating a zone", () => {
    let cluster: FakeCluster;

    beforeEach(async () => {
        cluster = await new FakeCluster().listen();
        cluster.addNodes(A, 2);
        cluster.addNodes(B, 3);
        cluster.addNodes(A, 1, "system");
        cluster.addClass("analyst", 12, 2);
        cluster.addClass("clerk", 5, 1);
    });
    afterEach(() => cluster.close());

    async function run(options: Partial<EvacuationOptions> = {}) {
        const lines: string[] = [];
        const kube = new Kube(cluster.url, 1);
        const defaults = { zone: A, dryRun: false, force: false, back: false, waitMs: 5000, pollMs: 1 };
        const done = await evacuate(kube, { ...defaults, ...options }, (line) => lines.push(line));
        return { done, text: lines.join("\n") };
    }

    const zones = () => cluster.pods.filter(({ owner }) => owner).map((pod) => cluster.zoneOf(pod));
    const inZone = (zone: string) => zones().filter((name) => name === zone).length;

    it("brings every agent of a dead zone to the living one, with new volumes, and keeps the old ones", async () => {
        const before = new Map(cluster.pods.map((pod) => [pod.name, { uid: pod.uid, zone: cluster.zoneOf(pod) }]));
        const volumes = cluster.volumes.filter(({ zone }) => zone === A).map(({ name }) => name);
        assert.equal(inZone(A), 6 + 3);
        cluster.loseZone(A);

        const { done, text } = await run();

        assert.equal(done, true);
        assert.equal(inZone(B), 17);
        assert.ok(cluster.pods.every(({ ready }) => ready));
        for (const pod of cluster.pods) {
            const was = before.get(pod.name);
            assert.equal(pod.uid === was?.uid, was?.zone === B, `${pod.name} of ${was?.zone}`);
        }
        for (const name of volumes) {
            const volume = cluster.volumes.find((one) => one.name === name);
            assert.deepEqual(volume, { name, zone: A, reclaim: "Retain", labels: { "openclaw/evacuated-from": A } });
        }
        assert.match(text, /9 of 17 agents move\.\nNodes of other zones have room for 9 of them now\./);
        assert.match(text, /Done in .*: 9 agents moved; away for .*All agents are Ready/);
        assert.match(text, /npm run evacuate -- --zone us-east-1a --return/);
    });

    it("closes the zone's nodes before it moves anyone, and leaves nodes that agents do not use to their keepers", async () => {
        cluster.loseZone(A);
        await run();
        const firstMove = cluster.changes.findIndex((change) => !change.includes("/nodes/"));
        assert.deepEqual(cluster.changes.slice(0, firstMove), [
            `PATCH /api/v1/nodes/agents-${A}-0`,
            `PATCH /api/v1/nodes/agents-${A}-1`,
        ]);
        const taint = { key: "node.kubernetes.io/out-of-service", value: "nodeshutdown", effect: "NoExecute" };
        for (const { name, unschedulable, taints } of cluster.nodes) {
            const closed = name.startsWith(`agents-${A}`);
            assert.deepEqual(
                { name, unschedulable, taints },
                { name, unschedulable: closed, taints: closed ? [taint] : [] },
            );
        }
        assert.ok(!cluster.changes.slice(firstMove).some((change) => change.includes("/nodes/")));
    });

    it("works where the nodes are gone from the cluster and only volumes hold the agents there", async () => {
        cluster.loseZone(A);
        for (const { name } of cluster.nodes.filter(({ zone }) => zone === A)) {
            cluster.nodes.splice(
                cluster.nodes.findIndex((node) => node.name === name),
                1,
            );
        }
        cluster.pods = cluster.pods.filter((pod) => cluster.zoneOf(pod) === B);
        cluster.settle();
        assert.equal(cluster.pods.filter(({ node }) => node === undefined).length, 9);

        assert.equal((await run()).done, true);
        assert.equal(inZone(B), 17);
    });

    it("makes a volume outlive its claim before the claim goes", async () => {
        for (const volume of cluster.volumes) volume.reclaim = "Delete";
        cluster.loseZone(A);
        await run();
        const old = cluster.volumes.filter(({ zone }) => zone === A);
        assert.ok(old.length === 9 && old.every(({ reclaim }) => reclaim === "Retain"));
        assert.ok(
            cluster.volumes.some(({ zone, reclaim }) => zone === B && reclaim === "Delete"),
            "others are left",
        );
        for (const [index, change] of cluster.changes.entries()) {
            if (!change.startsWith("DELETE") || !change.includes("persistentvolumeclaims")) continue;
            assert.ok(cluster.changes.slice(0, index).some((earlier) => earlier.includes("persistentvolumes/")));
        }
    });

    it("touches no pod of another namespace, though it is stuck in the zone", async () => {
        const other = {
            namespace: "kube-system",
            name: "analyst-0",
            uid: "other",
            revision: "",
            ready: false,
            age: 0,
            restarts: 0,
        };
        cluster.pods.push({ ...other, node: `agents-${A}-0` });
        cluster.loseZone(A);
        assert.equal((await run()).done, true);
        assert.ok(cluster.pods.some(({ uid }) => uid === "other"));
        assert.ok(!cluster.changes.some((change) => change.includes("kube-system")));
    });

    it("wakes a controller that has failed so often that it sleeps, and only such a one", async () => {
        cluster.loseZone(A);
        for (const set of cluster.sets) set.asleep = true;
        cluster.changes.length = 0;

        const { done } = await run();

        assert.equal(done, true);
        const woken = cluster.changes.filter((change) => change.endsWith("/statefulsets/analyst"));
        assert.ok(woken.length > 0 && woken.every((change) => change.startsWith("PATCH ")));
        cluster.changes.length = 0;
        await run();
        assert.deepEqual(cluster.changes, []);
    });

    it("goes on after any interruption, wherever it was", async () => {
        for (let stopAfter = 1; stopAfter < 40; stopAfter += 3) {
            cluster.close();
            cluster = await new FakeCluster().listen();
            cluster.addNodes(A, 2);
            cluster.addNodes(B, 3);
            const set = cluster.addClass("analyst", 8, 1);
            cluster.loseZone(A);
            let requests = 0;
            cluster.intercept = (method) =>
                method !== "GET" && ++requests > stopAfter
                    ? { status: 403, body: { message: "interrupted" } }
                    : undefined;
            await run().catch((error: unknown) => assert.match(String(error), /interrupted/));
            cluster.intercept = () => undefined;

            assert.equal((await run()).done, true, `after ${stopAfter} changes`);
            assert.ok(cluster.agents(set).every((pod) => pod.ready && cluster.zoneOf(pod) === B));
            assert.equal(cluster.agents(set).length, 8);
        }
    });

    it("changes nothing when run again on a zone that is evacuated", async () => {
        cluster.loseZone(A);
        await run();
        cluster.changes.length = 0;
        const { done, text } = await run();
        assert.equal(done, true);
        assert.deepEqual(cluster.changes, []);
        assert.match(text, /No agent of 17 has to move/);
    });

    it("shows all it would do in a dry run, and does none of it", async () => {
        cluster.loseZone(A);
        const { done, text } = await run({ dryRun: true });
        assert.equal(done, true);
        assert.deepEqual(cluster.changes, []);
        assert.match(text, /cordon node agents-us-east-1a-0 and put it out of service/);
        assert.match(
            text,
            /move agents-analyst\/analyst-\d+ from agents-us-east-1a-0: keep volume volume-uid-\d+, give up claim state-analyst-\d+ on volume-uid-\d+, remove its pod/,
        );
        assert.match(text, /Litestream's sync-interval/);
    });

    describe("refuses", () => {
        const refused = async (pattern: RegExp, options: Partial<EvacuationOptions> = {}) => {
            const { done, text } = await run(options);
            assert.equal(done, false);
            assert.match(text, pattern);
            assert.deepEqual(cluster.changes, []);
        };

        it("a zone with a single Ready node of any kind", async () => {
            cluster.loseZone(A);
            const system = cluster.nodes.find(({ pool }) => pool === "system");
            assert.ok(system);
            system.ready = "True";
            await refused(/us-east-1a is alive: system-us-east-1a-0 is Ready\. With --force/);
        });

        it("a zone that the cluster does not know", async () => {
            await refused(/no node and no volume in us-east-1z\. It knows us-east-1a, us-east-1b\./, {
                zone: "us-east-1z",
            });
        });

        it("when no other zone has an open node for agents", async () => {
            cluster.loseZone(A);
            for (const node of cluster.nodes) if (node.zone === B) node.unschedulable = true;
            await refused(/agents would have nowhere to go/);
        });

        it("when both zones are dead, forced or not", async () => {
            cluster.loseZone(A);
            cluster.loseZone(B);
            await refused(/agents would have nowhere to go/, { force: true });
        });
    });

    it("stops when the zone comes back while it works", async () => {
        cluster.loseZone(A);
        let changes = 0;
        cluster.intercept = (method, path) => {
            if (method === "DELETE" && path.includes("/pods/") && ++changes === 3) {
                for (const node of cluster.nodes) if (node.zone === A) node.ready = "True";
            }
            return method === "DELETE" && path.includes("/pods/") && changes > 3
                ? { status: 404, body: { message: "too late" } }
                : undefined;
        };
        const { done, text } = await run();
        assert.equal(done, false);
        assert.match(text, /Stopped: us-east-1a came back, agents-us-east-1a-0 is Ready/);
    });

    it("names the agents that are not Ready in time, and why", async () => {
        cluster.loseZone(A);
        cluster.broken = ({ name }) => name === "clerk-0" || name === "clerk-1";
        const { done, text } = await run({ waitMs: 400 });
        assert.equal(done, false);
        assert.match(
            text,
            /Not all agents are Ready after .*\n {2}agents-clerk\/clerk-[01]: container gateway: CrashLoopBackOff/,
        );
    });

    it("drains a living zone within the budgets when forced, and gives up no claim of a running agent", async () => {
        cluster.grace = 2;
        cluster.intercept = (method, path) => {
            const [, claim] = (method === "DELETE" && /persistentvolumeclaims\/state-(\S+)$/.exec(path)) || [];
            const pod = claim === undefined ? undefined : cluster.pods.find(({ name }) => name === claim);
            assert.ok(pod?.node === undefined, `${claim} still runs`);
            return undefined;
        };
        const { done, text } = await run({ force: true });
        assert.equal(done, true, text);
        assert.equal(inZone(B), 17);
        assert.ok(cluster.mostAway <= 2, `${cluster.mostAway} away at once`);
        assert.match(text, /is alive with 3 Ready nodes; its agents are drained/);
        assert.match(text, /Agents that end in order lose nothing/);
    });

    describe("and its return", () => {
        beforeEach(async () => {
            cluster.loseZone(A);
            await run();
            cluster.changes.length = 0;
            cluster.mostAway = 0;
        });

        it("evens the zones out within the budgets, so that an agent that restarts finds its place", async () => {
            for (const node of cluster.nodes) node.ready = "True";
            const { done, text } = await run({ back: true });
            assert.equal(done, true, text);
            assert.equal(inZone(A), 6 + 2);
            assert.ok(cluster.mostAway <= 2, `${cluster.mostAway} away at once`);
            assert.ok(cluster.nodes.every(({ unschedulable, taints }) => !unschedulable && taints.length === 0));

            for (const pod of cluster.pods) pod.leaving = 0;
            cluster.settle();
            assert.ok(cluster.pods.every(({ ready }) => ready));
        });

        it("is refused while no node for agents lives there", async () => {
            const { done, text } = await run({ back: true });
            assert.equal(done, false);
            assert.match(text, /us-east-1a has no node for agents that is Ready/);
            assert.deepEqual(cluster.changes, []);
        });
    });

    describe("as a command", () => {
        const withAddress = async (argv: string[]) => {
            process.env["KUBE_API_URL"] = cluster.url;
            try {
                return await main(argv, () => undefined);
            } finally {
                delete process.env["KUBE_API_URL"];
            }
        };

        it("ends with 0, 1 or 2", async () => {
            assert.equal(await withAddress(["--zone", A]), 1);
            assert.equal(await withAddress(["--zone", A, "--dry-run", "--force"]), 0);
        });

        it("goes through kubectl proxy, for the cluster that was chosen, and ends it", async () => {
            const folder = mkdtempSync(join(tmpdir(), "evacuate-"));
            const path = process.env["PATH"];
            const script = [
                "#!/bin/sh",
                `echo "$@" > ${folder}/arguments; echo $$ > ${folder}/pid`,
                `echo "Starting to serve on ${cluster.url.replace("http://", "")}"`,
                "exec sleep 30",
            ];
            writeFileSync(join(folder, "kubectl"), script.join("\n"), { mode: 0o755 });
            process.env["PATH"] = `${folder}:${path}`;
            try {
                const argv = ["--zone", A, "--dry-run", "--force", "--kubeconfig", "k", "--context", "prod"];
                assert.equal(await main(argv, () => undefined), 0);
                assert.equal(
                    readFileSync(join(folder, "arguments"), "utf8").trim(),
                    "proxy --port=0 --address=127.0.0.1 --kubeconfig k --context prod",
                );
                const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
                await new Promise((resolve) => setTimeout(resolve, 50));
                assert.throws(() => process.kill(pid, 0), /ESRCH/);
            } finally {
                process.env["PATH"] = path;
                rmSync(folder, { recursive: true });
            }
        });

        it("says what was called wrongly", async () => {
            const said: string[] = [];
            const write = process.stderr.write.bind(process.stderr);
            process.stderr.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
            const path = process.env["PATH"];
            try {
                assert.equal(await main([]), 2);
                assert.equal(await main(["--zone", A, "--now"]), 2);
                assert.equal(await main(["--zone", A, "--wait", "soon"]), 2);
                assert.equal(await main(["--zone", A, "--return", "--force"]), 2);
                process.env["PATH"] = "/nowhere";
                assert.equal(await main(["--zone", A]), 2);
            } finally {
                process.stderr.write = write;
                process.env["PATH"] = path;
            }
            const [missing, unknown, wait, both, kubectl] = said;
            assert.match(missing ?? "", /--zone is missing/);
            assert.match(unknown ?? "", /Unknown option '--now'/);
            assert.match(wait ?? "", /--wait takes a number of minutes above 0, not soon/);
            assert.match(both ?? "", /exclude each other/);
            assert.match(kubectl ?? "", /kubectl is not on PATH/);
        });
    });
});
