import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configure } from "../../policy/engine/configuration";
import { RULES } from "../../policy/rules";
import { graphOf } from "../support/stacks";
import { RunningPack } from "./support/running-pack";

const root = join(__dirname, "..", "..");

interface Manifest {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
}

describe("policy: the pack that is published", () => {
    let folder: string;
    let manifest: Manifest;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "openclaw-pack-"));
        const { status, stderr } = spawnSync(process.execPath, [join(root, "policy", "build.cjs"), folder], {
            encoding: "utf8",
        });
        assert.equal(status, 0, stderr);
        manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
        // As npm would install them, and nothing else of the repository.
        mkdirSync(join(folder, "node_modules", "@pulumi"), { recursive: true });
        for (const name of Object.keys(manifest.dependencies)) {
            symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
        }
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("pins what it needs to what this repository has tested", () => {
        for (const [name, version] of Object.entries(manifest.dependencies)) {
            const installed = JSON.parse(
                readFileSync(join(root, "node_modules", name, "package.json"), "utf8"),
            ) as Manifest;
            assert.equal(version, installed.version.replace(/^v/, ""), name);
        }
    });

    it("starts away from the repository, with all rules, and judges", async () => {
        const pack = await RunningPack.start(folder);
        try {
            const info = await pack.info();
            assert.equal(info.getVersion(), manifest.version);
            assert.equal(info.getPoliciesList().length, RULES.length);
            const { resources } = await graphOf("prod");
            const log = resources.find(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup");
            assert.ok(log);
            await pack.configure(configure(RULES, {}), () => ({}));
            const said = await pack.analyze({ ...log, inputs: { ...log.inputs, retentionInDays: 1 } });
            assert.deepEqual(
                said.filter(({ mandatory }) => mandatory).map(({ rule }) => rule),
                ["log-group-retention"],
            );
        } finally {
            await pack.stop();
        }
    });
});
