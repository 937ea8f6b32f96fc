import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import {
    DATABASES,
    DRAIN_SECONDS,
    gatewayRuntime,
    type GatewayRuntime,
    PATHS,
    type RuntimeContainer,
    type RuntimeEnvironment,
    type VolumeName,
} from "../../../../components/compute/agents/runtime";
import type { AgentClass } from "../../../../components/compute/agents/spec";
import { SIDECARS } from "../../../../settings/fleet";
import { parseCpu, parseMemory } from "../../../../components/model/quantities";

const spec: AgentClass = {
    name: "analyst",
    agents: 120,
    cpu: { request: "250m", limit: "2" },
    memory: "3Gi",
    ephemeralStorage: "4Gi",
    stateSize: "10Gi",
    bandwidth: { ingress: "50M", egress: "20M" },
    model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    skills: ["summarize"],
    councils: ["strategy"],
    allowedDomains: [],
    rollout: { awayPercent: 10 },
};
const environment: RuntimeEnvironment = {
    platformName: "openclaw-prod",
    region: "us-east-1",
    stateBucket: "state-bucket",
    s3EndpointUrl: "https://bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com",
    collectorUrl: "https://collector:4318",
    modelRoleArn: "arn:aws:iam::111122223333:role/analyst-model",
    brokers: "b-1.brokers:9098",
    database: { host: "pool.example.com", name: "openclaw" },
    openclawVersion: "2026.9.6",
};

describe("the runtime of an agent's pod", () => {
    const runtime = gatewayRuntime(spec, environment);
    const all = [...runtime.initContainers, ...runtime.sidecars, runtime.gateway];
    const value = ({ env }: RuntimeContainer, name: string) => env.find((each) => each.name === name)?.value;

    it("prepares, restores and unpacks before anything runs, and replicates until after the gateway has ended", () => {
        assert.deepEqual(
            runtime.initContainers.map(({ name }) => name),
            ["prepare", "restore", "unpack"],
        );
        // Sidecars end in the reverse order: the last files go into the archive, then the archive to the replica.
        assert.deepEqual(
            runtime.sidecars.map(({ name }) => name),
            ["litestream", "workspace-backup", "bridge"],
        );
    });

    it("shows the class's secrets to those that need them, and not to the container that the agent is in", () => {
        const seen = (which: VolumeName) =>
            all.filter(({ mounts }) => mounts.some(({ volume }) => volume === which)).map(({ name }) => name);
        assert.deepEqual(seen("class-key"), ["prepare"]);
        assert.deepEqual(seen("telemetry"), ["prepare", "bridge"]);
    });

    it("gives the gateway its token and configuration to read, not to write", () => {
        const run = runtime.gateway.mounts.find(({ volume }) => volume === "run");
        assert.deepEqual(run, { volume: "run", mountPath: PATHS.run, readOnly: true });
        assert.equal(value(runtime.gateway, "OPENCLAW_CONFIG_PATH"), PATHS.config);
        assert.equal(value(runtime.gateway, "OPENCLAW_CONFIG_READONLY"), "1");
    });

    it("never mounts the root of the state volume where OpenClaw runs", () => {
        for (const { name, mounts } of all) {
            for (const { volume, subPath } of mounts) {
                if (volume === "state" && name !== "prepare") assert.notEqual(subPath, undefined, name);
            }
        }
    });

    it("makes every directory that another container mounts by its name", () => {
        const prepare = runtime.initContainers[0];
        assert.ok(prepare);
        const made = value(prepare, "STATE_DIRECTORIES")?.split(",");
        const mounted = all
            .flatMap(({ mounts }) => mounts)
            .filter(({ volume, subPath }) => volume === "state" && subPath);
        for (const { subPath } of mounted) assert.ok(made?.includes(subPath ?? ""), subPath);
    });

    it("keeps arguments apart from the image's init process", () => {
        assert.equal(runtime.gateway.command, undefined);
        assert.deepEqual(runtime.gateway.args, ["node", "openclaw.mjs", "gateway", "--bind", "lan", "--port", "18789"]);
    });

    it("limits the heap to three quarters of the container's memory", () => {
        assert.equal(value(runtime.gateway, "NODE_OPTIONS"), "--max-old-space-size=2304");
    });

    it("probes the paths that OpenClaw answers, with five minutes to start", () => {
        const { startup, readiness, liveness } = runtime.probes;
        assert.deepEqual([startup.path, readiness.path, liveness.path], ["/startupz", "/startupz", "/healthz"]);
        assert.equal(startup.periodSeconds * startup.failureThreshold, 300);
        assert.ok(liveness.periodSeconds * liveness.failureThreshold >= 60, "a restart costs a turn");
    });

    it("drains before it stops, within the grace period", () => {
        assert.deepEqual(runtime.preStopCommand, ["node", "/etc/openclaw/drain.mjs"]);
        assert.equal(value(runtime.gateway, "DRAIN_SECONDS"), String(DRAIN_SECONDS));
        assert.ok(runtime.terminationGracePeriodSeconds >= DRAIN_SECONDS + 45);
    });

    it("replicates and restores the same databases", () => {
        const restore = runtime.initContainers[1];
        const { dbs } = parse(runtime.files["litestream.yml"] ?? "") as { dbs: { path: string }[] };
        assert.deepEqual(
            dbs.map(({ path }) => path),
            Object.values(DATABASES),
        );
        assert.deepEqual(restore?.command?.slice(2), Object.values(DATABASES));
    });

    it("keeps what AWS decides out of the files", () => {
        const text = Object.values(runtime.files).join("\n");
        assert.doesNotMatch(text, /state-bucket|vpce-1/);
        const [litestream] = runtime.sidecars;
        assert.ok(litestream);
        assert.equal(value(litestream, "STATE_BUCKET"), "state-bucket");
        assert.equal(value(litestream, "S3_ENDPOINT"), environment.s3EndpointUrl);
    });

    it("asks for its sidecars what nodes are planned with", () => {
        const cpu = runtime.sidecars.reduce((sum, { resources }) => sum + parseCpu(resources?.cpu ?? "1"), 0);
        const memory = runtime.sidecars.reduce(
            (sum, { resources }) => sum + parseMemory(resources?.memory ?? "1Gi"),
            0,
        );
        assert.deepEqual(SIDECARS, { cpuMillicores: cpu, memoryMiB: memory });
    });

    it("tells the bridge whom it serves, and where its gateway, brokers and database are", () => {
        const bridge = runtime.sidecars.find(({ name }) => name === "bridge");
        assert.ok(bridge);
        assert.deepEqual(
            Object.fromEntries(bridge.env.map(({ name, value: text, fieldPath }) => [name, text ?? fieldPath])),
            {
                AGENT: "metadata.name",
                COUNCILS: "strategy",
                ENVIRONMENT: "openclaw-prod",
                MODEL: spec.model,
                AWS_REGION: "us-east-1",
                KAFKA_BROKERS: "b-1.brokers:9098",
                PGHOST: "pool.example.com",
                PGDATABASE: "openclaw",
                GATEWAY_URL: "http://127.0.0.1:18789",
                GATEWAY_TOKEN_FILE: PATHS.token,
                TURN_SECONDS: "600",
                TURNS_AT_ONCE: "8",
                MCP_PORT: "18790",
                HEALTH_PORT: "18791",
                MODEL_ROLE_ARN: "arn:aws:iam::111122223333:role/analyst-model",
                CREDENTIALS_PORT: "18792",
                COLLECTOR_URL: "https://collector:4318",
                COLLECTOR_TOKEN_FILE: "/mnt/telemetry/token",
                NODE_EXTRA_CA_CERTS: "/mnt/telemetry/ca.crt",
            },
        );
    });

    it("gives the pod's own AWS credentials to those that need them, and the agent those of its model alone", () => {
        assert.deepEqual(
            all.filter(({ identity }) => identity).map(({ name }) => name),
            ["restore", "litestream", "bridge"],
        );
        const uri = "http://127.0.0.1:18792/credentials";
        assert.deepEqual(
            all.map((each) => [each.name, value(each, "AWS_CONTAINER_CREDENTIALS_FULL_URI")]).filter(([, own]) => own),
            [["gateway", uri]],
        );
    });

    it("goes through the egress proxy only where there is one, and never for AWS or telemetry", () => {
        assert.equal(value(runtime.gateway, "HTTPS_PROXY"), undefined);
        const { gateway } = gatewayRuntime(spec, { ...environment, proxyUrl: "http://proxy:3128" });
        assert.equal(value(gateway, "HTTPS_PROXY"), "http://proxy:3128");
        const direct = value(gateway, "NO_PROXY")?.split(",");
        for (const each of ["127.0.0.1", "169.254.170.23", ".amazonaws.com", ".svc.cluster.local"]) {
            assert.ok(direct?.includes(each), each);
        }
        assert.equal(value(gateway, "OPENCLAW_PROXY_URL"), undefined);
    });
});

describe("the script that prepares a pod", () => {
    let folder: string;
    const runtime: GatewayRuntime = gatewayRuntime(spec, environment);
    const prepare = (changes: Record<string, string> = {}) => {
        const container = runtime.initContainers[0];
        assert.ok(container);
        const env: Record<string, string> = { PATH: process.env["PATH"] ?? "" };
        for (const { name, value = "analyst-7" } of container.env) env[name] = value;
        return spawnSync(process.execPath, [join(folder, "prepare.mjs")], {
            cwd: join(folder, "app"),
            encoding: "utf8",
            env: {
                ...env,
                STATE_VOLUME: join(folder, "state"),
                SCRATCH: join(folder, "scratch"),
                RUN: join(folder, "run"),
                CLASS_KEY_FILE: join(folder, "class-key"),
                TELEMETRY: join(folder, "telemetry"),
                CONFIG_FILE: join(folder, "openclaw.json"),
                ...changes,
            },
        });
    };

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "prepare-"));
        for (const name of ["app", "state", "scratch", "run", "telemetry"]) mkdirSync(join(folder, name));
        for (const [name, text] of Object.entries(runtime.files)) writeFileSync(join(folder, name), text);
        writeFileSync(join(folder, "class-key"), "a key");
        writeFileSync(join(folder, "telemetry", "token"), "analyst.secret\n");
        writeFileSync(join(folder, "telemetry", "ca.crt"), "a certificate");
        writeFileSync(join(folder, "app", "package.json"), '{ "version": "2026.9.6" }');
        for (const plugin of ["amazon-bedrock", "diagnostics-otel"]) {
            mkdirSync(join(folder, "app", "dist", "extensions", plugin), { recursive: true });
        }
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it("derives the pod's token from the class's key, for this user alone", () => {
        assert.equal(prepare().status, 0);
        const file = join(folder, "run", "token");
        assert.equal(readFileSync(file, "utf8"), createHmac("sha256", "a key").update("analyst-7").digest("base64url"));
        assert.equal(statSync(file).mode & 0o777, 0o400);
    });

    it("closes the directories of the volume to others, again where they are open", () => {
        mkdirSync(join(folder, "state", "openclaw"));
        chmodSync(join(folder, "state", "openclaw"), 0o777);
        assert.equal(prepare().status, 0);
        for (const name of ["openclaw", "config", "archive"]) {
            assert.equal(statSync(join(folder, "state", name)).mode & 0o7777, 0o700, name);
        }
        assert.equal(statSync(join(folder, "scratch", "tmp")).mode & 0o7777, 0o1777);
    });

    it("puts the release's configuration over what was there, with the class's token at the collector", () => {
        writeFileSync(join(folder, "run", "openclaw.json"), "{}");
        assert.equal(prepare().status, 0);
        const placed = readFileSync(join(folder, "run", "openclaw.json"), "utf8");
        assert.equal(placed, runtime.files["openclaw.json"]?.replace("@TELEMETRY_TOKEN@", "analyst.secret"));
        assert.match(placed, /Bearer analyst\.secret/);
        assert.equal(readFileSync(join(folder, "run", "collector.crt"), "utf8"), "a certificate");
    });

    it("refuses an image of another release, or without the plugin for models", () => {
        const other = prepare({ OPENCLAW_VERSION: "2026.9.7" });
        assert.equal(other.status, 1);
        assert.match(other.stderr, /holds OpenClaw 2026\.9\.6, the configuration is written for 2026\.9\.7/);
        rmSync(join(folder, "app", "dist", "extensions", "amazon-bedrock"), { recursive: true });
        const lacking = prepare();
        assert.equal(lacking.status, 1);
        assert.match(lacking.stderr, /lacks the plugin amazon-bedrock/);
        assert.ok(!existsSync(join(folder, "run", "token")));
    });
});
