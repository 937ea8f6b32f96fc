import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Graph } from "../../plan/graph";
import type { PlannedResource, Value } from "../../plan/offline-engine";
import { tierOf } from "../../plan/tree";
import { graphOf } from "../support/stacks";

const sdk = join(__dirname, "..", "..", "node_modules", "@pulumi", "aws");

/**
 * Where each type names the key that encrypts what it holds. A type whose arguments offer a key and that stands neither
 * here nor below fails the test: a new kind of resource is looked at once, by a person.
 */
const KEY_PATHS: Record<string, readonly string[]> = {
    "aws:cloudwatch/logGroup:LogGroup": ["kmsKeyId"],
    "aws:eks/cluster:Cluster": ["encryptionConfig.provider.keyArn"],
    "aws:ec2/launchTemplate:LaunchTemplate": ["blockDeviceMappings.*.ebs.kmsKeyId"],
    "aws:msk/cluster:Cluster": ["encryptionInfo.encryptionAtRestKmsKeyArn"],
    "aws:rds/cluster:Cluster": ["kmsKeyId", "masterUserSecretKmsKeyId"],
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
        "rules.*.applyServerSideEncryptionByDefault.kmsMasterKeyId",
    ],
    "aws:sqs/queue:Queue": ["kmsMasterKeyId"],
    "aws:sns/topic:Topic": ["kmsMasterKeyId"],
    "aws:backup/vault:Vault": ["kmsKeyArn"],
};

/** Types that offer a key for something that another resource holds, with the reason why none is set here. */
const KEY_ELSEWHERE: Record<string, string> = {
    "aws:s3/bucket:Bucket":
        "the bucket's own encryption argument is deprecated; a BucketServerSideEncryptionConfiguration sets it",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream":
        "writes under the bucket's default key; with an MSK source nothing rests in the stream",
    "aws:rds/clusterInstance:ClusterInstance": "storage follows the cluster; Insights are set on the cluster",
    "aws:cloudwatch/eventRule:EventRule": "holds no data",
};

/** Resources that cannot be under our key, with the reason. */
const NO_KEY: Record<string, string> = {
    "archive-access-logs-encryption":
        "S3 writes access logs only to a bucket with its own keys (S3 guide, server access logging)",
};

/** Statements that are open to everyone without a condition, with the reason. */
const OPEN_STATEMENTS: Record<string, string> = {
    "network-endpoint-s3/ImageLayers":
        "registries hand out image layers by links that they signed themselves: whoever reads is not in this account",
};

/** What is lost with the resource and cannot be made again. */
const DURABLE = new Set([
    "aws:kms/key:Key",
    "aws:eks/cluster:Cluster",
    "aws:msk/cluster:Cluster",
    "aws:msk/topic:Topic",
    "aws:rds/cluster:Cluster",
    "aws:s3/bucket:Bucket",
    "aws:backup/vault:Vault",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:ec2/vpc:Vpc",
]);

function valuesAt(value: Value | undefined, path: readonly string[]): (Value | undefined)[] {
    const [key, ...rest] = path;
    if (key === undefined) return [value];
    if (typeof value !== "object" || value === null) return [undefined];
    if (key === "*") return Object.values(value).flatMap((item) => valuesAt(item, rest));
    return valuesAt((value as Record<string, Value>)[key], rest);
}

/** The arguments of a type in the SDK's declarations. */
function declaredArguments(type: string): string[] {
    const [, module = "", name = ""] = type.split(":");
    const text = readFileSync(join(sdk, `${module}.d.ts`), "utf8");
    const args = text.slice(text.indexOf(`export interface ${name}Args`));
    return [...args.matchAll(/^ {4}(\w+)\??: /gm)].map(([, argument]) => String(argument));
}

for (const stack of ["staging", "prod"] as const) {
    describe(`${stack}: invariants`, () => {
        let graph: Graph;
        let custom: PlannedResource[];
        let byUrn: Map<string, PlannedResource>;
        before(async () => {
            graph = await graphOf(stack);
            custom = graph.resources.filter((resource) => resource.custom);
            byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
        });

        it("asks AWS for nothing", () => assert.deepEqual(graph.lookups, []));

        it("encrypts everything that can be encrypted under a key of its own", () => {
            const keys = new Set(
                custom.filter(({ type }) => type === "aws:kms/key:Key").map(({ outputs }) => outputs["arn"]),
            );
            for (const { type, name, inputs } of custom) {
                for (const path of KEY_PATHS[type] ?? []) {
                    if (name in NO_KEY) continue;
                    const found = valuesAt(inputs, path.split("."));
                    assert.ok(found.length > 0, `${name}: nothing at ${path}`);
                    for (const key of found)
                        assert.ok(
                            keys.has(key ?? null),
                            `${name}.${path} is ${JSON.stringify(key)}, not one of our keys`,
                        );
                }
            }
        });

        it("knows of every kind of resource that takes a key where it goes", () => {
            for (const type of new Set(custom.map(({ type }) => type))) {
                if (
                    !type.startsWith("aws:") ||
                    type in KEY_PATHS ||
                    type in KEY_ELSEWHERE ||
                    type.startsWith("aws:kms/")
                )
                    continue;
                assert.deepEqual(
                    declaredArguments(type).filter((argument) => /kms|encrypt/i.test(argument)),
                    [],
                    `${type} can be encrypted: add it to this test`,
                );
            }
        });

        it("gives every log group an end, not before the configured days", () => {
            const groups = custom.filter(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup");
            assert.ok(groups.length >= 8);
            for (const { name, inputs } of groups) {
                assert.ok(Number(inputs["retentionInDays"]) >= graph.settings.retention.logDays, name);
            }
        });

        it("names every child after its component", () => {
            for (const { name, parent } of graph.resources) {
                const owner = parent === undefined ? undefined : byUrn.get(parent);
                if (owner === undefined || owner.type === "pulumi:pulumi:Stack") continue;
                assert.ok(
                    name === owner.name || name.startsWith(`${owner.name}-`),
                    `${name} is a child of ${owner.name}`,
                );
            }
        });

        it("puts every resource of AWS into a component of a tier, and under the provider of the stack", () => {
            for (const { name, type, parent, provider } of custom) {
                if (!type.startsWith("aws:")) continue;
                assert.ok(parent !== undefined && /openclaw:\w+:/.test(parent), `${name} stands alone`);
                assert.match(provider ?? "", /pulumi:providers:aws::aws::/, name);
            }
            const tiers = new Set(graph.resources.map(({ type }) => tierOf(type)).filter((tier) => tier !== undefined));
            assert.deepEqual([...tiers].sort(), ["compute", "coordination", "data", "foundation", "operations"]);
        });

        it("makes things in an order that works: network before nodes, guards before agents", () => {
            // A component waits for what it depends on, and its children wait for it.
            const position = (name: string) => {
                const index = graph.resources.findIndex((resource) => resource.name === name);
                assert.ok(index >= 0, `${name} is missing`);
                return index;
            };
            for (const [before, after] of [
                ["cilium-chart", "system-nodes-a"],
                ["system-nodes-b", "addons-coredns"],
                ["addons-coredns", "agent-nodes-headroom-anchor-a"],
                ["agent-nodes-headroom-anchor-b", "fleet-analyst"],
                ["isolation-guardrails", "cells-analyst"],
                ["cells-reviewer", "telemetry-collector"],
                ["telemetry-collector", "fleet-analyst"],
                ["isolation-data-jobs", "schema-migrate"],
                ["database-cluster", "schema-migrate"],
                ["schema-migrate", "fleet-analyst"],
            ] as const) {
                assert.ok(position(before) < position(after), `${before} comes after ${after}`);
            }
        });

        it("holds no secret in any input", () => {
            const suspicious = /password|secret(?!Arn|KmsKeyId|Name|s$)|(?<!http)token|privateKey|accessKey/i;
            for (const { name, secrets, inputs } of custom) {
                assert.deepEqual(secrets, [], name);
                for (const [path, value] of leaves(inputs, "")) {
                    const key = path.split(".").at(-1) ?? "";
                    if (suspicious.test(key)) assert.equal(typeof value, "boolean", `${name}.${path}`);
                    assert.doesNotMatch(
                        String(value),
                        /AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY/,
                        `${name}.${path}`,
                    );
                }
            }
        });

        it(stack === "prod" ? "protects what cannot be made again" : "protects nothing: it is to be taken down", () => {
            for (const { name, type, protect, inputs } of custom) {
                const expected = stack === "prod" && DURABLE.has(type);
                if (expected || stack === "staging") assert.equal(protect, expected, `${name} (${type})`);
                if ("forceDestroy" in inputs) assert.equal(inputs["forceDestroy"], stack === "staging", name);
                for (const key of ["deletionProtection", "deletionProtectionEnabled"]) {
                    if (key in inputs) assert.equal(inputs[key], stack === "prod", `${name}.${key}`);
                }
            }
        });

        it("grants nothing to everyone: a * in a principal or an action stands under a condition", () => {
            let statements = 0;
            for (const { name, inputs } of custom) {
                for (const [path, value] of leaves(inputs, "")) {
                    if (typeof value !== "string" || !value.startsWith("{") || !value.includes('"Statement"')) continue;
                    const document = JSON.parse(value) as { Statement: Statement[] };
                    for (const statement of document.Statement) {
                        statements++;
                        if (statement.Effect !== "Allow") continue;
                        if (`${name}/${statement.Sid ?? ""}` in OPEN_STATEMENTS) continue;
                        const actions = [statement.Action ?? []].flat();
                        const open = actions.includes("*") || /"\*"/.test(JSON.stringify(statement.Principal ?? ""));
                        const conditioned =
                            statement.Condition !== undefined && Object.keys(statement.Condition).length > 0;
                        assert.ok(!open || conditioned, `${name}.${path}: ${JSON.stringify(statement)}`);
                        assert.ok("Action" in statement && !("NotAction" in statement), `${name}.${path}`);
                    }
                }
            }
            assert.ok(statements > 50, `only ${statements} statements were seen`);
        });

        it("opens nothing to the world", () => {
            for (const { name, type, inputs } of custom) {
                if (type === "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
                    assert.notEqual(inputs["cidrIpv4"], "0.0.0.0/0", name);
                    assert.ok(!("cidrIpv6" in inputs), name);
                }
                if (type === "aws:ec2/securityGroup:SecurityGroup")
                    assert.ok(!("ingress" in inputs), `${name}: rules are resources of their own`);
                if (type === "aws:ec2/subnet:Subnet") assert.notEqual(inputs["mapPublicIpOnLaunch"], true, name);
            }
        });
    });
}

interface Statement {
    readonly Sid?: string;
    readonly Effect: string;
    readonly Action?: string | string[];
    readonly Principal?: unknown;
    readonly Condition?: object;
}

function* leaves(value: Value, path: string): Generator<readonly [string, Value]> {
    if (typeof value !== "object" || value === null) {
        yield [path, value];
        return;
    }
    for (const [key, item] of Object.entries(value)) yield* leaves(item, path ? `${path}.${key}` : key);
}
