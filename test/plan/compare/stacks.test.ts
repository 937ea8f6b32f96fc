import { strict as assert } from "node:assert";
import { compare } from "../../../plan/compare/compare";
import { REPLACED_ON_CHANGE } from "../../../plan/compare/replacements";
import type { ChangeKind } from "../../../plan/document/schema";
import { graphOf } from "../../support/stacks";
import { planFrom, planOf } from "../support";

const kinds = (changes: readonly { readonly kind: ChangeKind }[]) =>
    [...new Set(changes.map(({ kind }) => kind))].sort();

describe("two plans of one program", () => {
    it("do not differ where nothing was changed", async () => {
        const plan = await planOf("staging");
        const { changes, promises, capacity, cost } = compare(plan, plan, "itself");
        assert.deepEqual([changes, promises, capacity, cost?.lines], [[], { lost: [], gained: [] }, [], []]);
    });

    it("scaling a class changes its replicas and what follows from them, and adds and removes nothing", async () => {
        const [before, after] = [
            await planOf("staging"),
            await planOf("staging", { "openclaw:fleet.classes.analyst.agents": 40 }),
        ];
        const { changes, capacity, cost } = compare(before, after, "base");
        const set = changes.find(
            ({ type, name }) => type === "kubernetes:apps/v1:StatefulSet" && name.includes("analyst"),
        );
        assert.equal(set?.kind, "change");
        assert.deepEqual(
            set?.properties.map(({ path, before: from, after: to }) => [path, from, to]),
            [["spec.replicas", 4, 40]],
        );
        assert.ok(!changes.some(({ kind }) => kind === "add" || kind === "remove" || kind === "refused"));
        assert.ok(changes.every(({ kind, type }) => kind !== "replace" || type === "kubernetes:batch/v1:Job"));
        const turns = capacity.find(({ name }) => name === "Connections of agents");
        assert.deepEqual([turns?.before, turns?.after], [24, 168]);
        const volumes = cost?.lines.find(({ item }) => item.startsWith("Volumes of agents"));
        assert.ok(volumes && volumes.after > volumes.before);
        const sum = cost?.lines.reduce((all, { before: from, after: to }) => all + to - from, 0) ?? NaN;
        assert.ok(Math.abs(sum - ((cost?.after.expected ?? 0) - (cost?.before.expected ?? 0))) < 0.1);
    });

    it("a third zone adds and replaces nothing", async () => {
        const zones = { "openclaw:network.zones": ["us-east-1a", "us-east-1b", "us-east-1c"] };
        const { changes } = compare(await planOf("staging"), await planOf("staging", zones), "base");
        assert.deepEqual(kinds(changes), ["add", "change"]);
        assert.ok(changes.some(({ kind, name }) => kind === "add" && name === "network-nodes-c"));
    });

    it("another range of addresses is refused in prod, where everything in it is protected", async () => {
        const moved = { "openclaw:network.cidr": "10.96.0.0/16" };
        const { changes } = compare(await planOf("prod"), await planOf("prod", moved), "base");
        for (const type of ["aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:msk/cluster:Cluster"]) {
            assert.equal(changes.find((change) => change.type === type)?.kind, "refused", type);
        }
        const msk = changes.find(({ type }) => type === "aws:msk/cluster:Cluster");
        assert.match(msk?.why ?? "", /clientSubnets/);
    });

    it("more copies of each message replace the topics", async () => {
        const graph = await graphOf("staging");
        const changed = {
            ...graph,
            resources: graph.resources.map((resource) =>
                resource.type === "aws:msk/topic:Topic"
                    ? { ...resource, inputs: { ...resource.inputs, replicationFactor: 3 } }
                    : resource,
            ),
        };
        const { changes } = compare(planFrom(graph), planFrom(changed), "base");
        assert.deepEqual(kinds(changes), ["replace"]);
        assert.equal(changes.length, 5);
    });

    it("a component under another name takes its resources along, where it says what it was called", async () => {
        const graph = await graphOf("staging");
        const archive = graph.resources.find(({ type }) => type === "openclaw:data:DecisionArchive");
        assert.ok(archive);
        const rename = (text: string) => text.replaceAll("::archive", "::records");
        const renamed = (aliases: readonly string[]) => ({
            ...graph,
            resources: graph.resources.map((resource) => {
                const inside = resource.urn === archive.urn || resource.name.startsWith("archive-");
                if (!inside) return resource;
                const own = resource.urn === archive.urn ? { aliases } : {};
                return {
                    ...resource,
                    name: resource.name.replace(/^archive/, "records"),
                    urn: rename(resource.urn),
                    ...(resource.parent !== undefined && { parent: rename(resource.parent) }),
                    ...own,
                };
            }),
        });
        const before = planFrom(graph);
        const { changes } = compare(before, planFrom(renamed(["archive"])), "base");
        assert.deepEqual(kinds(changes), ["rename"]);
        assert.ok(
            changes.length > 10 &&
                changes.some(({ was, name }) => was?.startsWith("archive-") && name.startsWith("records-")),
        );
        const without = compare(before, planFrom(renamed([])), "base").changes;
        assert.deepEqual(kinds(without), ["add", "remove"]);
    });

    it("a promise that is lost is named with what broke it, and gained on the way back", async () => {
        const [kept, lost] = [
            await planOf("staging"),
            await planOf("staging", { "openclaw:network.natGateways": "per-zone" }),
        ];
        assert.ok(kept && lost);
        const graph = await graphOf("staging");
        const open = planFrom({
            ...graph,
            resources: graph.resources.map((resource) =>
                resource.type === "aws:rds/cluster:Cluster"
                    ? { ...resource, inputs: { ...resource.inputs, storageEncrypted: false } }
                    : resource,
            ),
        });
        const there = compare(kept, open, "base").promises;
        assert.ok(
            there.lost.some(({ promise, before, after }) => promise === 4 && before === "kept" && after === "broken"),
        );
        assert.ok(there.lost.some(({ what }) => what.startsWith("policy ")));
        assert.deepEqual(there.gained, []);
        const back = compare(open, kept, "base").promises;
        assert.deepEqual([back.gained.length, back.lost], [there.lost.length, []]);
    });

    it("a part that is new is no promise gained, and a policy that is gone is one lost", async () => {
        const plan = await planOf("staging");
        const zones = { "openclaw:network.zones": ["us-east-1a", "us-east-1b", "us-east-1c"] };
        const grown = compare(plan, await planOf("staging", zones), "base").promises;
        assert.ok(![...grown.gained, ...grown.lost].some(({ what }) => what.includes("us-east-1c")));
        const [first, ...rules] = plan.policies.rules;
        const without = { ...plan, policies: { ...plan.policies, rules } };
        const { lost } = compare(plan, without, "base").promises;
        assert.deepEqual(
            [...new Set(lost.map(({ what, after }) => `${what}: ${after}`))],
            [`policy ${first?.name}: absent`],
        );
    });

    it("knows of each type of AWS that the program makes what cannot change in place", async () => {
        const made = [...(await graphOf("prod")).resources, ...(await graphOf("staging")).resources];
        const types = new Set(made.map(({ type }) => type).filter((type) => type.startsWith("aws:")));
        assert.deepEqual(
            [...types].filter((type) => !(type in REPLACED_ON_CHANGE)),
            [],
        );
    });
});
