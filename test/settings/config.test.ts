import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse, parseDocument } from "yaml";
import { parseConfig } from "../../config";
import program from "../../index";
import { OfflineEngine } from "../../plan/offline-engine";
import { parseStackFile } from "../../plan/stack-file";
import type { Names } from "../../settings/names";
import { ConfigError, type Problem } from "../../settings/problem";

const root = join(__dirname, "..", "..");
const file = (stack: string) => readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8");
const raw = (stack: string) => parseStackFile(file(stack), `Pulumi.${stack}.yaml`);

/** Prod's configuration with one value set; undefined removes it. */
function prodWith(key: string, value: unknown, stack = "prod"): Record<string, string> {
    const document = parseDocument(file(stack));
    const [namespaced, ...rest] = key.split(".");
    const path = ["config", namespaced?.includes(":") ? namespaced : `openclaw:${namespaced}`, ...rest];
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, value);
    return parseStackFile(document.toString(), "Pulumi.prod.yaml");
}

function problems(config: Record<string, string>, names?: Names): readonly Problem[] {
    try {
        parseConfig(config, names);
    } catch (error) {
        assert.ok(error instanceof ConfigError, `expected a ConfigError, got ${String(error)}`);
        return error.problems;
    }
    return [];
}

type Bad = readonly [what: string, key: string, value: unknown, reported: string, rule: RegExp, stack?: string];

const BAD: readonly Bad[] = [
    // region and account
    ["a region that is no region", "aws:region", "virginia", "aws:region", /commercial AWS region/],
    ["a region of another partition", "aws:region", "cn-north-1", "aws:region", /commercial AWS region/],
    ["no region", "aws:region", undefined, "aws:region", /is required/],
    ["an account with a digit too few", "account", "11112222333", "openclaw:account", /twelve digits/],
    ["no account", "account", undefined, "openclaw:account", /is required/],
    ["an owner that is no e-mail address", "owner", "platform team", "openclaw:owner", /e-mail/],
    ["a cost centre with blanks", "costCenter", "ai agents", "openclaw:costCenter", /letters, digits/],
    ["protect that is neither true nor false", "protect", "yes", "openclaw:protect", /true or false/],
    // network
    ["one zone", "network.zones", ["us-east-1a"], "openclaw:network.zones", /2 to 3/],
    [
        "the same zone twice",
        "network.zones",
        ["us-east-1a", "us-east-1a"],
        "openclaw:network.zones",
        /without repetition/,
    ],
    [
        "four zones",
        "network.zones",
        ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"],
        "openclaw:network.zones",
        /2 to 3/,
    ],
    [
        "a zone of another region",
        "network.zones",
        ["us-east-1a", "eu-west-1b"],
        "openclaw:network.zones[1]",
        /us-east-1/,
    ],
    ["a zone that is no zone", "network.zones", ["us-east-1a", "b"], "openclaw:network.zones[1]", /zone's name/],
    [
        "brokers in a zone without nodes",
        "network.statefulZones",
        ["us-east-1a", "us-east-1c"],
        "openclaw:network.statefulZones",
        /zones/,
    ],
    [
        "a zone where EKS has no control plane",
        "network.statefulZones",
        ["us-east-1a", "us-east-1e"],
        "openclaw:network.statefulZones",
        /us-east-1e/,
    ],
    ["a public range", "network.cidr", "8.8.0.0/16", "openclaw:network.cidr", /private/],
    ["a range wider than AWS takes", "network.cidr", "10.0.0.0/12", "openclaw:network.cidr", /\/16 to \/20/],
    ["a range too narrow to divide", "network.cidr", "10.0.0.0/24", "openclaw:network.cidr", /\/16 to \/20/],
    ["a range that starts inside itself", "network.cidr", "10.64.3.0/16", "openclaw:network.cidr", /boundary/],
    ["no range at all", "network.cidr", "10.0.0.300/16", "openclaw:network.cidr", /private range/],
    ["a range too small for the fleet", "network.cidr", "10.64.0.0/20", "openclaw:network.cidr", /\d+ addresses.*\d+/],
    ["NAT by another name", "network.natGateways", "two", "openclaw:network.natGateways", /per-zone, single/],
    [
        "a single NAT gateway where a zone must be lost",
        "network.natGateways",
        "single",
        "openclaw:network.natGateways",
        /zone/,
    ],
    // cluster
    [
        "a Kubernetes version out of standard support",
        "cluster.kubernetesVersion",
        "1.33",
        "openclaw:cluster.kubernetesVersion",
        /1\.35/,
    ],
    [
        "a Kubernetes version without quotes",
        "cluster.kubernetesVersion",
        1.35,
        "openclaw:cluster.kubernetesVersion",
        /in quotes/,
    ],
    [
        "an API open to the world",
        "cluster.publicAccessCidrs",
        ["0.0.0.0/0"],
        "openclaw:cluster.publicAccessCidrs[0]",
        /open the API to the world/,
    ],
    [
        "an API open to half the world",
        "cluster.publicAccessCidrs",
        ["0.0.0.0/1"],
        "openclaw:cluster.publicAccessCidrs[0]",
        /open the API to the world/,
    ],
    ["nobody who administers", "cluster.adminRoles", [], "openclaw:cluster.adminRoles", /1 to 20/],
    [
        "an administrator who is a user",
        "cluster.adminRoles",
        ["arn:aws:iam::111122223333:user/me"],
        "openclaw:cluster.adminRoles[0]",
        /ARN of an IAM role/,
    ],
    [
        "fewer nodes at most than at least",
        "cluster.systemNodes.maxPerZone",
        1,
        "openclaw:cluster.systemNodes.maxPerZone",
        /minPerZone/,
    ],
    [
        "node types of two architectures",
        "cluster.systemNodes.instanceTypes",
        ["m8g.xlarge", "m7i.xlarge"],
        "openclaw:cluster.systemNodes.instanceTypes",
        /architecture/,
    ],
    [
        "a node type that is too small",
        "cluster.systemNodes.instanceTypes",
        ["t4g.nano"],
        "openclaw:cluster.systemNodes.instanceTypes[0]",
        /size large/,
    ],
    // fleet
    ["no agents in a class", "fleet.classes.analyst.agents", 0, "openclaw:fleet.classes.analyst.agents", /1 to 5000/],
    ["half an agent", "fleet.classes.analyst.agents", 1.5, "openclaw:fleet.classes.analyst.agents", /whole number/],
    [
        "agents as a word",
        "fleet.classes.analyst.agents",
        "many",
        "openclaw:fleet.classes.analyst.agents",
        /whole number/,
    ],
    ["no classes", "fleet.classes", {}, "openclaw:fleet.classes", /one entry/],
    [
        "a class with a name that Kubernetes refuses",
        "fleet.classes.Big_Ones",
        { agents: 1 },
        "openclaw:fleet.classes.Big_Ones",
        /lower-case/,
    ],
    [
        "a class without limits",
        "fleet.classes.analyst.cpu",
        undefined,
        "openclaw:fleet.classes.analyst.cpu",
        /is required/,
    ],
    [
        "CPU that is no quantity",
        "fleet.classes.analyst.cpu.limit",
        "two",
        "openclaw:fleet.classes.analyst.cpu.limit",
        /250m/,
    ],
    [
        "more CPU asked for than allowed",
        "fleet.classes.analyst.cpu.request",
        "3",
        "openclaw:fleet.classes.analyst.cpu.request",
        /limit/,
    ],
    [
        "memory in powers of ten",
        "fleet.classes.analyst.memory",
        "3G",
        "openclaw:fleet.classes.analyst.memory",
        /Mi or Gi/,
    ],
    [
        "memory that OpenClaw outgrows",
        "fleet.classes.analyst.memory",
        "2Gi",
        "openclaw:fleet.classes.analyst.memory",
        /2560Mi/,
    ],
    [
        "an agent larger than its node",
        "fleet.classes.analyst.memory",
        "80Gi",
        "openclaw:fleet.classes.analyst.memory",
        /r8g\.2xlarge/,
    ],
    [
        "an agent with more CPU than its node",
        "fleet.classes.analyst.cpu.limit",
        "16",
        "openclaw:fleet.classes.analyst.cpu.limit",
        /r8g\.2xlarge/,
    ],
    [
        "bandwidth in bytes",
        "fleet.classes.analyst.bandwidth.egress",
        "20Mi",
        "openclaw:fleet.classes.analyst.bandwidth.egress",
        /bits per second/,
    ],
    [
        "bandwidth of nothing",
        "fleet.classes.analyst.bandwidth.egress",
        "0M",
        "openclaw:fleet.classes.analyst.bandwidth.egress",
        /bits per second/,
    ],
    [
        "a node type the plan cannot count with",
        "fleet.nodes.instanceTypes",
        ["p5.48xlarge"],
        "openclaw:fleet.nodes.instanceTypes[0]",
        /know/,
    ],
    ["an image by its tag alone", "fleet.image.digest", undefined, "openclaw:fleet.image.digest", /is required/],
    [
        "an image of a release that reads another configuration",
        "fleet.image.tag",
        "2026.10.1",
        "openclaw:fleet.image.tag",
        /2026\.9/,
    ],
    ["a bridge without a digest", "fleet.bridge.digest", undefined, "openclaw:fleet.bridge.digest", /is required/],
    ["the latest image", "fleet.image.tag", "latest", "openclaw:fleet.image.tag", /2026\.9/],
    ["a digest that is none", "fleet.image.digest", "sha256:abc", "openclaw:fleet.image.digest", /64 hexadecimal/],
    [
        "an image without a registry",
        "fleet.image.repository",
        "openclaw",
        "openclaw:fleet.image.repository",
        /registry/,
    ],
    [
        "a disk too small for a node's scratch space",
        "fleet.nodes.diskGiB",
        60,
        "openclaw:fleet.nodes.diskGiB",
        /17 agents of class analyst/,
    ],
    [
        "headroom of another kind",
        "fleet.nodes.headroom",
        "some",
        "openclaw:fleet.nodes.headroom",
        /reserved, on-demand/,
    ],
    [
        "a model that is none",
        "fleet.classes.analyst.model",
        "Claude Sonnet",
        "openclaw:fleet.classes.analyst.model",
        /Bedrock/,
    ],
    [
        "a skill with blanks",
        "fleet.classes.analyst.skills",
        ["write code"],
        "openclaw:fleet.classes.analyst.skills[0]",
        /skill/,
    ],
    [
        "a council twice",
        "fleet.classes.analyst.councils",
        ["a", "a"],
        "openclaw:fleet.classes.analyst.councils",
        /without repetition/,
    ],
    [
        "an address in the place of a domain",
        "fleet.classes.analyst.allowedDomains",
        ["https://api.github.com"],
        "openclaw:fleet.classes.analyst.allowedDomains[0]",
        /without scheme/,
    ],
    [
        "every domain",
        "fleet.classes.analyst.allowedDomains",
        ["*"],
        "openclaw:fleet.classes.analyst.allowedDomains[0]",
        /full domain name/,
    ],
    [
        "a roll-out of half a class at once",
        "fleet.classes.analyst.rollout.awayPercent",
        50,
        "openclaw:fleet.classes.analyst.rollout.awayPercent",
        /1 to 10/,
    ],
    // brokers
    ["Kafka with ZooKeeper", "brokers.kafkaVersion", "3.6.0", "openclaw:brokers.kafkaVersion", /kraft/],
    ["brokers that burst", "brokers.instanceType", "kafka.t3.small", "openclaw:brokers.instanceType", /t3/],
    ["brokers that do not divide over the zones", "brokers.count", 5, "openclaw:brokers.count", /multiple/],
    ["more copies than brokers", "brokers.replicationFactor", 6, "openclaw:brokers.replicationFactor", /brokers/],
    ["copies that a zone's loss stops", "brokers.replicationFactor", 3, "openclaw:brokers.replicationFactor", /zone/],
    [
        "writes that stop with one broker",
        "brokers.minInSyncReplicas",
        4,
        "openclaw:brokers.minInSyncReplicas",
        /less than/,
    ],
    [
        "acknowledged messages that one broker can lose",
        "brokers.minInSyncReplicas",
        1,
        "openclaw:brokers.minInSyncReplicas",
        /acknowledged/,
    ],
    ["storage that starts above its end", "brokers.maxVolumeGiB", 100, "openclaw:brokers.maxVolumeGiB", /volumeGiB/],
    [
        "a topic without partitions",
        "brokers.topics.decisions.partitions",
        0,
        "openclaw:brokers.topics.decisions.partitions",
        /1 to 1000/,
    ],
    [
        "decisions that expire before anyone archives them",
        "brokers.topics.decisions.retentionHours",
        1,
        "openclaw:brokers.topics.decisions.retentionHours",
        /72/,
    ],
    [
        "more replicas than the brokers carry",
        "brokers.topics.agentMessages.partitions",
        1000,
        "openclaw:brokers.topics",
        /1000/,
    ],
    // database
    ["a PostgreSQL that Aurora retires", "database.engineVersion", "17.2", "openclaw:database.engineVersion", /17\.5/],
    [
        "a size and serverless at once",
        "database.serverless",
        { minAcu: 1, maxAcu: 4 },
        "openclaw:database",
        /exactly one/,
    ],
    ["neither a size nor serverless", "database.instanceClass", undefined, "openclaw:database", /exactly one/],
    [
        "a database size that bursts",
        "database.instanceClass",
        "db.t4g.medium",
        "openclaw:database.instanceClass",
        /r8g/,
    ],
    ["a writer without a reader", "database.instances", 1, "openclaw:database.instances", /writer/],
    [
        "more point-in-time recovery than AWS has",
        "database.pointInTimeRecoveryDays",
        36,
        "openclaw:database.pointInTimeRecoveryDays",
        /1 to 35/,
    ],
    [
        "less serverless at most than at least",
        "database.serverless.maxAcu",
        1,
        "openclaw:database.serverless.maxAcu",
        /minAcu/,
        "serverless",
    ],
    [
        "a fleet with more connections than its database takes",
        "fleet.classes.analyst.agents",
        1500,
        "openclaw:database.instanceClass",
        /takes 3604 connections, 2883 of them for agents; 1700 agents need 3400, 2 each/,
    ],
    [
        "a tool whose version is none",
        "database.tool.tag",
        "latest",
        "openclaw:database.tool.tag",
        /version of three numbers/,
    ],
    ["a tool without a digest", "database.tool.digest", undefined, "openclaw:database.tool.digest", /is required/],
    // retention and recovery
    [
        "decision logs for less than a year",
        "retention.decisionLogDays",
        364,
        "openclaw:retention.decisionLogDays",
        /365 to 3650/,
    ],
    ["log days that CloudWatch does not have", "retention.logDays", 366, "openclaw:retention.logDays", /365, 400/],
    [
        "operational logs for a month in a protected environment",
        "retention.logDays",
        30,
        "openclaw:retention.logDays",
        /365/,
    ],
    ["backups that a locked vault refuses", "retention.backupDays", 90, "openclaw:retention.backupDays", /365/],
    [
        "an unlocked vault in a protected environment",
        "recovery.vaultLock",
        false,
        "openclaw:recovery.vaultLock",
        /protect/,
    ],
    ["backups that nobody tries", "recovery.restoreTesting", false, "openclaw:recovery.restoreTesting", /protect/],
    [
        "a second copy in the same region",
        "recovery.copyRegion",
        "us-east-1",
        "openclaw:recovery.copyRegion",
        /another region/,
    ],
    // operations
    ["nobody who is told", "operations.alertEmails", [], "openclaw:operations.alertEmails", /1 to 10/],
    ["an address that is none", "operations.alertEmails", ["oncall"], "openclaw:operations.alertEmails[0]", /e-mail/],
    ["no budget", "operations.monthlyBudgetUsd", 0, "openclaw:operations.monthlyBudgetUsd", /US dollars/],
    ["a slower latency promise", "operations.latencySloMs", 200, "openclaw:operations.latencySloMs", /5 to 50/],
    // unknown keys
    ["an unknown key at the top", "databse", {}, "openclaw:databse", /not a key/],
    ["an unknown key inside", "network.natGateway", "single", "openclaw:network.natGateway", /not a key/],
    [
        "an unknown key in a class",
        "fleet.classes.analyst.cpus",
        "1",
        "openclaw:fleet.classes.analyst.cpus",
        /not a key/,
    ],
    [
        "an unknown topic",
        "brokers.topics.gossip",
        { partitions: 1, retentionHours: 24 },
        "openclaw:brokers.topics.gossip",
        /not a key/,
    ],
    ["text in the place of an object", "brokers", "four", "openclaw:brokers", /must be an object/],
];

describe("configuration", () => {
    for (const stack of ["staging", "prod"]) {
        it(`accepts the committed ${stack}`, () => {
            assert.deepEqual(problems(raw(stack)), []);
        });
    }

    describe("refuses", () => {
        for (const [what, key, value, reported, rule, base] of BAD) {
            it(what, () => {
                const config = base === "serverless" ? serverless(key, value) : prodWith(key, value);
                const found = problems(config).find((problem) => problem.key === reported);
                assert.ok(found, `no problem at ${reported}: ${JSON.stringify(problems(config))}`);
                assert.match(found.rule, rule);
                assert.ok(found.remedy.length > 0);
            });
        }
    });

    function serverless(key: string, value: unknown): Record<string, string> {
        const document = parseDocument(JSON.stringify(parse(file("staging"))));
        document.setIn(["config", "openclaw:database", "serverless", "minAcu"], 2);
        document.setIn(["config", "openclaw:database", ...key.split(".").slice(1)], value);
        return parseStackFile(document.toString(), "Pulumi.staging.yaml");
    }

    it("names the key, the value, the rule and a value that would do", () => {
        const [problem] = problems(prodWith("database.pointInTimeRecoveryDays", 40));
        assert.deepEqual(problem, {
            key: "openclaw:database.pointInTimeRecoveryDays",
            value: 40,
            rule: "must be a whole number of days from 1 to 35",
            remedy: "35",
        });
    });

    it("names the database that takes the fleet: a larger one, or the pool", () => {
        const remedy = (changes: Readonly<Record<string, unknown>>) => {
            const document = parseDocument(file("prod"));
            for (const [key, value] of Object.entries(changes)) document.setIn(["config", ...key.split(".")], value);
            const found = problems(parseStackFile(document.toString(), "Pulumi.prod.yaml"));
            return found.filter(({ key }) => key.startsWith("openclaw:database")).map((problem) => problem.remedy);
        };
        const agents = "openclaw:fleet.classes.analyst.agents";
        assert.deepEqual(remedy({ [agents]: 1500 }), ["db.r8g.2xlarge"]);
        assert.deepEqual(
            remedy({
                "openclaw:database.instanceClass": "db.r7g.large",
                "openclaw:database.proxy": false,
                [agents]: 300,
            }),
            ["openclaw:database.proxy: true, or db.r7g.xlarge"],
        );
        assert.deepEqual(remedy({ [agents]: 4900 }), ["fewer agents: Aurora takes 5,000 connections at most"]);
    });

    it("suggests the nearest retention that CloudWatch has and that is no shorter", () => {
        const [problem] = problems(prodWith("retention.logDays", 401));
        assert.equal(problem?.remedy, "545");
    });

    it("names the nearest key for one that does not exist", () => {
        const [problem] = problems(prodWith("network.natGateway", "single"));
        assert.match(problem?.remedy ?? "", /did you mean openclaw:network\.natGateways\?/);
    });

    it("reports every problem at once, those between values too", () => {
        const config = {
            ...prodWith("network.zones", ["us-east-1a", "eu-west-1b"]),
            "openclaw:owner": "nobody",
            "openclaw:colour": "blue",
        };
        const keys = problems(config).map(({ key }) => key);
        for (const key of ["openclaw:owner", "openclaw:colour", "openclaw:network.zones[1]"])
            assert.ok(keys.includes(key), key);
    });

    it("refuses names of project and stack that no cluster can have, with one that can", () => {
        const stack = (name: string) => problems(raw("prod"), { project: "openclaw", stack: name });
        for (const name of ["prod", "a", "0", "a-stack-name-of-23-char"]) assert.deepEqual(stack(name), []);
        assert.deepEqual(stack("a-stack-name-of-24-chars"), [
            {
                key: "pulumi:stack",
                value: "a-stack-name-of-24-chars",
                rule: "must be at most 23 lower-case letters, digits and dashes: openclaw-<stack> is the cluster's name, which has at most 32",
                remedy: "pulumi stack rename a-stack-name-of-24-char",
            },
        ]);
        for (const [name, better] of Object.entries({ "Prod.EU_1": "prod-eu-1", "prod-": "prod", "-_-": "prod" })) {
            const [problem, ...more] = stack(name);
            assert.equal(problem?.remedy, `pulumi stack rename ${better}`);
            assert.deepEqual(more, []);
            assert.deepEqual(stack(better), []);
        }
        for (const project of ["OpenClaw", "-openclaw", "openclaw_agents", "a-project-name-of-28-letters"]) {
            assert.deepEqual(
                problems(raw("prod"), { project, stack: "prod" }).map(({ key }) => key),
                ["pulumi:project"],
            );
        }
        const config = prodWith("owner", "nobody");
        const keys = problems(config, { project: "openclaw", stack: "PROD" }).map(({ key }) => key);
        assert.deepEqual(keys, ["pulumi:stack", "openclaw:owner"]);
    });

    it("ends the program before any resource is registered, with a message and no stack trace", async () => {
        const engine = new OfflineEngine({ account: "111122223333", region: "us-east-1" }, "openclaw", "PROD");
        await engine.attach();
        pulumi.runtime.setAllConfig(prodWith("network.cidr", "8.8.0.0/16"));
        for (const key of [/openclaw:network\.cidr/, /pulumi:stack/]) {
            assert.throws(program, (error: unknown) => pulumi.RunError.isInstance(error) && key.test(error.message));
        }
        await pulumi.runtime.disconnect();
        assert.deepEqual(engine.planned, []);
    });
});
