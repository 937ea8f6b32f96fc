import { strict as assert } from "node:assert";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { manifestsOf, writeManifests } from "../../plan/manifests";
import { graphOf } from "../support/stacks";

interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: object };
}

describe("manifests", () => {
    let folder: string;
    before(() => void (folder = mkdtempSync(join(tmpdir(), "openclaw-manifests-"))));
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("are the Kubernetes objects of the plan, each a file, complete enough to apply", async () => {
        const graph = await graphOf("prod");
        const files = manifestsOf(graph).filter(({ name }) => !name.startsWith("charts/"));
        const planned = graph.resources.filter(
            ({ type }) => type.startsWith("kubernetes:") && !type.startsWith("kubernetes:helm.sh/"),
        );
        assert.equal(files.length, planned.length);
        for (const { name, text } of files) {
            const { apiVersion, kind, metadata } = parse(text) as Manifest;
            assert.ok(apiVersion && kind && metadata.name, name);
            assert.doesNotMatch(JSON.stringify(metadata.annotations ?? {}), /pulumi\.com/, name);
        }
        assert.equal(new Set(files.map(({ name }) => name)).size, files.length);
    });

    it("come in an order that kubectl can apply: namespaces first, guards before what they guard, jobs last", async () => {
        const kinds = manifestsOf(await graphOf("prod"))
            .filter(({ name }) => !name.startsWith("charts/"))
            .map(({ text }) => (parse(text) as Manifest).kind);
        const last = (kind: string) => kinds.lastIndexOf(kind);
        assert.ok(last("Namespace") < kinds.indexOf("ServiceAccount"));
        assert.ok(last("ValidatingAdmissionPolicy") < kinds.indexOf("ValidatingAdmissionPolicyBinding"));
        assert.ok(last("ResourceQuota") < kinds.indexOf("StatefulSet"));
        assert.ok(last("StatefulSet") < kinds.indexOf("Job"));
    });

    it("name chart and version above the values of each chart", async () => {
        const charts = manifestsOf(await graphOf("prod")).filter(({ name }) => name.startsWith("charts/"));
        assert.ok(charts.some(({ text }) => /^# Values of the chart .*cilium.*, 1\.\d+\.\d+/.test(text)));
    });

    it("replace those of an earlier run, and touch no folder with anything else in it", async () => {
        const graph = await graphOf("staging");
        const first = writeManifests(graph, folder);
        assert.equal(writeManifests(graph, folder), first);
        assert.equal(readdirSync(folder).length + readdirSync(join(folder, "charts")).length, first + 1);
        writeFileSync(join(folder, "notes.txt"), "mine");
        assert.throws(() => writeManifests(graph, folder), /holds .*notes\.txt: name a folder for manifests alone/);
    });
});
