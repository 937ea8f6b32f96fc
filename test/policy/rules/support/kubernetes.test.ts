import { strict as assert } from "node:assert";
import { configure } from "../../../../policy/engine/configuration";
import { evaluateRule } from "../../../../policy/engine/evaluate";
import { resourceOf, Stack } from "../../../../policy/engine/resource";
import type { Rule } from "../../../../policy/engine/rule";
import { type Properties, Reader, UNKNOWN } from "../../../../policy/engine/value";
import { podNonRoot, podPrivileged } from "../../../../policy/rules/pods";
import { containerLimits } from "../../../../policy/rules/resources";
import { kinds } from "../../../../policy/rules/support/kubernetes";
import { labelsAt, selects } from "../../../../policy/rules/support/labels";
import { quantity, seconds } from "../../../../policy/rules/support/quantity";

/** What a rule says of one resource. */
function said(rule: Rule, type: string, properties: Properties) {
    const resource = resourceOf({ urn: "u", type, name: "n", protect: false, propertyDependencies: {}, properties });
    const [configured] = configure([rule], {});
    assert.ok(configured);
    const { violations, undecided, looked } = evaluateRule(configured, new Stack([resource]), "2026-11-22");
    return { looked, violations: violations.map(({ message }) => message), undecided: undecided.length };
}

const bare = { containers: [{ name: "bare" }] };

describe("policy: objects of Kubernetes", () => {
    const forms: Record<string, Properties> = {
        "core/v1:Pod": { spec: bare },
        "core/v1:PodTemplate": { template: { spec: bare } },
        "core/v1:ReplicationController": { spec: { template: { spec: bare } } },
        "apps/v1:Deployment": { spec: { template: { spec: bare } } },
        "apps/v1:StatefulSet": { spec: { template: { spec: bare } } },
        "apps/v1:DaemonSet": { spec: { template: { spec: bare } } },
        "apps/v1:ReplicaSet": { spec: { template: { spec: bare } } },
        "extensions/v1beta1:Deployment": { spec: { template: { spec: bare } } },
        "batch/v1:Job": { spec: { template: { spec: bare } } },
        "batch/v1:CronJob": { spec: { jobTemplate: { spec: { template: { spec: bare } } } } },
    };
    for (const [type, properties] of Object.entries(forms)) {
        it(`are found in ${type}, and in its list`, () => {
            const alone = said(podNonRoot, `kubernetes:${type}`, properties);
            assert.equal(alone.violations.length, 1, type);
            const list = said(podNonRoot, `kubernetes:${type}List`, { items: [properties, properties] });
            assert.equal(list.violations.length, 2, type);
        });
    }

    it("are judged in a patch by what it says, not by what it leaves out", () => {
        const patch = (container: Properties) =>
            said(podPrivileged, "kubernetes:apps/v1:DaemonSetPatch", {
                spec: { template: { spec: { containers: [{ name: "agent", ...container }] } } },
            });
        assert.deepEqual(said(containerLimits, "kubernetes:apps/v1:DeploymentPatch", { spec: {} }).violations, []);
        assert.deepEqual(patch({}).violations, []);
        assert.equal(patch({ securityContext: { privileged: true } }).violations.length, 1);
    });

    it("are no charts and no resources of other providers", () => {
        assert.equal(kinds("Release")("kubernetes:helm.sh/v3:Release"), true);
        assert.equal(kinds("Pod")("aws:eks/cluster:Cluster"), false);
        assert.equal(kinds("Pod")("kubernetes:core/v1:PodTemplate"), false);
    });

    it("are seen beside one that is not known yet", () => {
        const found = said(podPrivileged, "kubernetes:core/v1:Pod", {
            spec: {
                containers: [
                    { name: "unknown", securityContext: UNKNOWN },
                    { name: "wrong", securityContext: { privileged: true } },
                ],
            },
        });
        assert.deepEqual(found, { looked: 1, violations: ["container wrong is privileged"], undecided: 1 });
    });
});

describe("policy: words of Kubernetes", () => {
    it("reads quantities as Kubernetes does", () => {
        const read = ["500m", "2", "0.5", "1Gi", "1G", "1e3", ".5", "12Ei"].map(quantity);
        assert.deepEqual(read, [0.5, 2, 0.5, 2 ** 30, 1e9, 1000, 0.5, 12 * 2 ** 60]);
        for (const none of ["", "unlimited", "1 Gi", "-1", "1X"]) assert.ok(Number.isNaN(quantity(none)), none);
    });

    it("reads durations as Go writes them", () => {
        assert.deepEqual(["720h", "1h30m", "90s", "500ms"].map(seconds), [2_592_000, 5400, 90, 0.5]);
        for (const none of [undefined, "", "Never", "10", "h"]) assert.ok(Number.isNaN(seconds(none)), none);
    });

    it("selects by labels and expressions, and by nothing everything", () => {
        const labels = labelsAt(new Reader({ app: "a", tier: "agents" }), "");
        const by = (selector: Properties) => selects(new Reader(selector), labels);
        assert.equal(by({}), true);
        assert.equal(by({ matchLabels: { app: "a" } }), true);
        assert.equal(by({ matchLabels: { app: "b" } }), false);
        const expression = (operator: string, key: string, values: string[] = []) =>
            by({ matchExpressions: [{ key, operator, values }] });
        assert.equal(expression("In", "app", ["a", "b"]), true);
        assert.equal(expression("NotIn", "app", ["a"]), false);
        assert.equal(expression("NotIn", "other", ["a"]), true);
        assert.equal(expression("Exists", "tier"), true);
        assert.equal(expression("DoesNotExist", "tier"), false);
        assert.equal(expression("Matches", "tier"), false);
    });
});
