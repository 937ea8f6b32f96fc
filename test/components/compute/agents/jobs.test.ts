import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { batch } from "@pulumi/kubernetes/types/input";
import * as fc from "fast-check";
import { mintKeyJob } from "../../../../components/compute/agents/mint-key/job";
import { rolloutJob } from "../../../../components/compute/agents/rollout/job";
import { CLASS_LABEL, TIER_LABEL } from "../../../../components/compute/agents/spec";

const image = "ghcr.io/openclaw/openclaw@sha256:0";
const args = { className: "analyst", image, specHash: "abc123", agents: 120, readySeconds: 600 };
const jobs = [rolloutJob(args), mintKeyJob({ className: "analyst", image })];

describe("jobs of a class", () => {
    for (const job of jobs) {
        describe(job.name, () => {
            const spec: batch.v1.JobSpec = job.jobSpec;
            const pod = job.jobSpec.template.spec;
            const [container] = pod.containers;

            it("keeps to restricted Pod Security, with limits, on a read-only root", () => {
                assert.equal(pod.securityContext.runAsNonRoot, true);
                assert.deepEqual(pod.securityContext.seccompProfile, { type: "RuntimeDefault" });
                assert.deepEqual(container?.securityContext, {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                });
                for (const resource of ["cpu", "memory", "ephemeral-storage"] as const) {
                    assert.ok(container?.resources.limits[resource], resource);
                }
            });

            it("is not counted as an agent by budget or spread", () => {
                const { labels } = job.jobSpec.template.metadata;
                assert.ok(!(CLASS_LABEL in labels) && !(TIER_LABEL in labels));
                assert.equal(labels["openclaw/job"], job.serviceAccountName);
            });

            it("runs the script of its ConfigMap once, and ends", () => {
                const [script] = Object.keys(job.configMapData);
                const folder = join(__dirname, "../../../../components/compute/agents", job.serviceAccountName);
                const sources = readdirSync(folder).filter((file) => file.endsWith(".mjs"));
                assert.deepEqual(Object.keys(job.configMapData).sort(), sources.sort());
                for (const [file, text] of Object.entries(job.configMapData)) {
                    assert.equal(text, readFileSync(join(folder, file), "utf8"));
                }
                assert.deepEqual(container?.command, ["node", `/opt/openclaw/job/${script}`]);
                assert.equal(pod.volumes[0]?.configMap.name, job.configMapName);
                assert.equal(spec.backoffLimit, 0);
                assert.equal(spec.activeDeadlineSeconds, job.deadlineSeconds);
                assert.equal(pod.restartPolicy, "Never");
            });

            it("stays when it has ended, so that a refresh finds it", () => {
                assert.equal(spec.ttlSecondsAfterFinished, undefined);
            });
        });
    }

    it("may do what their scripts do and nothing else", () => {
        const verbs = jobs.map(({ rules }) =>
            rules.map(({ resources, verbs }) => `${verbs.join()} ${resources.join()}`).sort(),
        );
        assert.deepEqual(verbs, [
            [
                "create pods/eviction",
                "get statefulsets",
                "list events",
                "list poddisruptionbudgets",
                "list pods",
                "list,patch persistentvolumeclaims",
            ],
            ["create secrets"],
        ]);
    });

    it("gives the roll-out time for every wave, and a limit", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 10 }), (agents, awayPercent) => {
                const { deadlineSeconds } = rolloutJob({ ...args, agents, awayPercent });
                const away = Math.max(1, Math.floor((agents * awayPercent) / 100));
                assert.ok(deadlineSeconds >= Math.ceil(agents / away) * args.readySeconds);
                assert.ok(
                    deadlineSeconds <= (Math.min(agents, 2 * Math.ceil(100 / awayPercent)) + 3) * 2 * args.readySeconds,
                );
            }),
        );
    });

    it("names another Job for another template", () => {
        assert.equal(rolloutJob(args).name, "rollout-abc123");
        assert.notEqual(rolloutJob({ ...args, specHash: "abc124" }).name, rolloutJob(args).name);
    });
});
