import { strict as assert } from "node:assert";
import { KEY_PURPOSES, type KeyPurpose, Keys } from "../../../components/foundation/keys";
import { type KeyPolicy, type Statement, keyPolicy } from "../../../components/foundation/key-policy";
import { type Recorded, account, platform, record, region, value } from "../../support/record";

const root = { AWS: `arn:aws:iam::${account}:root` };
const autoScaling = {
    AWS: `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
};
const encryptAndDecrypt = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
];
const caller = { "kms:CallerAccount": account };
const via = (...services: string[]) => ({
    "kms:ViaService": services.map((service) => `${service}.${region}.amazonaws.com`),
});

/** The statements of a purpose, but for the one that every key has. */
function particular(purpose: KeyPurpose): Record<string, Omit<Statement, "Sid" | "Effect" | "Resource">> {
    const [administer, ...others] = keyPolicy(purpose, platform).Statement;
    assert.equal(administer?.Sid, "AdministerThroughIam");
    return Object.fromEntries(
        others.map(({ Sid, Effect, Resource, ...rest }) => {
            assert.deepEqual([Effect, Resource], ["Allow", "*"]);
            return [Sid, rest];
        }),
    );
}

describe("Keys", () => {
    const made: Keys[] = [];
    let graph: Recorded;
    before(async () => {
        graph = await record(() => made.push(new Keys("keys", { platform })));
    });

    it("makes a rotated, protected key and an alias for each purpose", () => {
        assert.equal(graph.ofType("aws:kms/key:Key").length, 9);
        assert.equal(graph.ofType("aws:kms/alias:Alias").length, 9);
        const component = graph.get("keys");
        for (const purpose of KEY_PURPOSES) {
            const key = graph.get(`keys-${purpose}`);
            const { policy, description, ...inputs } = key.inputs;
            assert.deepEqual(inputs, {
                enableKeyRotation: true,
                deletionWindowInDays: 30,
                tags: { Name: `openclaw-test-${purpose}`, "openclaw/purpose": purpose },
            });
            assert.match(String(description), /^openclaw-test: \w/);
            assert.deepEqual(JSON.parse(String(policy)), keyPolicy(purpose, platform));
            assert.equal(key.protect, true);
            assert.equal(key.parent, component.urn);
            assert.deepEqual(graph.inputs(`keys-${purpose}-alias`), {
                name: `alias/openclaw-test/${purpose}`,
                targetKeyId: key.outputs["keyId"],
            });
        }
    });

    it("hands out the ARN of each", async () => {
        for (const purpose of KEY_PURPOSES) {
            assert.equal(await value(made[0]?.arns[purpose] ?? ""), graph.get(`keys-${purpose}`).outputs["arn"]);
        }
    });

    it("can be taken down where nothing is protected", async () => {
        const open = await record(() => new Keys("keys", { platform: { ...platform, protect: false } }));
        for (const key of open.ofType("aws:kms/key:Key")) {
            assert.equal(key.protect, false);
            const { Statement } = JSON.parse(String(key.inputs["policy"])) as KeyPolicy;
            assert.ok(Statement[0]?.Action.includes("kms:ScheduleKeyDeletion"));
        }
    });

    it("depends on no other resource, so that everything else can depend on it", () => {
        for (const key of graph.ofType("aws:kms/key:Key")) assert.deepEqual(key.propertyDependencies, {});
        assert.deepEqual(graph.engine.lookups, []);
    });
});

describe("key policies", () => {
    const everyStatement = KEY_PURPOSES.flatMap((purpose) =>
        keyPolicy(purpose, platform).Statement.map((statement) => ({ purpose, statement })),
    );

    it("name every principal, and of this account alone", () => {
        for (const { purpose, statement } of everyStatement) {
            const principals =
                "AWS" in statement.Principal ? [statement.Principal.AWS] : [statement.Principal.Service].flat();
            for (const principal of principals) {
                assert.ok(!principal.includes("*"), `${purpose}: ${principal}`);
                assert.ok(
                    principal.endsWith(".amazonaws.com") || principal.startsWith(`arn:aws:iam::${account}:`),
                    principal,
                );
            }
        }
    });

    it("name every action", () => {
        for (const { purpose, statement } of everyStatement) {
            for (const action of statement.Action) assert.match(action, /^kms:[A-Za-z]+$/, purpose);
        }
    });

    it("let the account administer, but neither use a key directly nor, where protected, destroy it", () => {
        const using = /Encrypt|Decrypt|GenerateDataKey|CreateGrant|Sign|Mac|DeriveShared|ReplicateKey/;
        for (const purpose of KEY_PURPOSES) {
            const [administer] = keyPolicy(purpose, platform).Statement;
            assert.deepEqual(administer?.Principal, root);
            assert.ok(administer.Action.includes("kms:PutKeyPolicy"), "or AWS refuses the policy as a lockout");
            for (const action of administer.Action) {
                assert.doesNotMatch(action, using);
                assert.doesNotMatch(action, /Disable|ScheduleKeyDeletion/);
            }
        }
    });

    it("bind every other statement to a service, a role of AWS, or a resource of this account", () => {
        for (const { purpose, statement } of everyStatement) {
            if (statement.Sid === "AdministerThroughIam") continue;
            const conditions = Object.values(statement.Condition ?? {}).flatMap((tests) => Object.keys(tests));
            const bound =
                JSON.stringify(statement.Principal) === JSON.stringify(autoScaling) ||
                conditions.some((key) => key === "kms:ViaService" || key.startsWith("kms:EncryptionContext:")) ||
                // EKS: grants alone, and only from this account.
                (statement.Sid === "GrantToTheCluster" && conditions.includes("kms:CallerAccount"));
            assert.ok(bound, `${purpose} ${statement.Sid}`);
        }
    });

    it("give each statement of a key a name of its own", () => {
        for (const purpose of KEY_PURPOSES) {
            const names = keyPolicy(purpose, platform).Statement.map(({ Sid }) => Sid);
            assert.equal(new Set(names).size, names.length);
            for (const name of names) assert.match(name, /^[A-Za-z]+$/);
        }
    });

    it("cluster: whoever creates the cluster may grant it to EKS, without a condition that EKS does not set", () => {
        assert.deepEqual(particular("cluster"), {
            GrantToTheCluster: { Principal: root, Action: ["kms:CreateGrant"], Condition: { StringEquals: caller } },
        });
    });

    it("volumes: through EC2 for Karpenter and the EBS driver, and for Auto Scaling's own role", () => {
        const forAws = { Bool: { "kms:GrantIsForAWSResource": "true" } };
        assert.deepEqual(particular("volumes"), {
            UseThroughServices: {
                Principal: root,
                Action: encryptAndDecrypt,
                Condition: { StringEquals: { ...caller, ...via("ec2") } },
            },
            GrantThroughServices: {
                Principal: root,
                Action: ["kms:CreateGrant"],
                Condition: { StringEquals: { ...caller, ...via("ec2") }, ...forAws },
            },
            LaunchByAutoScaling: { Principal: autoScaling, Action: [...encryptAndDecrypt, "kms:DescribeKey"] },
            AttachByAutoScaling: { Principal: autoScaling, Action: ["kms:CreateGrant"], Condition: forAws },
        });
    });

    const throughServices: [KeyPurpose, string[], "grants" | "no grants"][] = [
        ["brokers", ["kafka"], "grants"],
        ["archive", ["s3"], "no grants"],
        ["state", ["s3"], "no grants"],
    ];
    for (const [purpose, services, grants] of throughServices) {
        it(`${purpose}: through ${services.join(" and ")} alone, ${grants}`, () => {
            const Condition = { StringEquals: { ...caller, ...via(...services) } };
            assert.deepEqual(particular(purpose), {
                UseThroughServices: { Principal: root, Action: encryptAndDecrypt, Condition },
                ...(grants === "grants"
                    ? { GrantThroughServices: { Principal: root, Action: ["kms:CreateGrant"], Condition } }
                    : {}),
            });
        });
    }

    it("database: through RDS and Secrets Manager of any region, since snapshots are copied across regions", () => {
        const Condition = {
            StringEquals: caller,
            StringLike: { "kms:ViaService": ["rds.*.amazonaws.com", "secretsmanager.*.amazonaws.com"] },
        };
        assert.deepEqual(particular("database"), {
            UseThroughServices: { Principal: root, Action: encryptAndDecrypt, Condition },
            GrantThroughServices: { Principal: root, Action: ["kms:CreateGrant"], Condition },
        });
    });

    it("backup: through Backup and RDS of any region, since copies cross regions", () => {
        const Condition = {
            StringEquals: caller,
            StringLike: { "kms:ViaService": ["backup.*.amazonaws.com", "rds.*.amazonaws.com"] },
        };
        assert.deepEqual(particular("backup"), {
            UseThroughServices: { Principal: root, Action: encryptAndDecrypt, Condition },
            GrantThroughServices: {
                Principal: root,
                Action: ["kms:CreateGrant"],
                Condition: { ...Condition, Bool: { "kms:GrantIsForAWSResource": "true" } },
            },
        });
    });

    it("logs: CloudWatch Logs, for log groups of this account and region", () => {
        assert.deepEqual(particular("logs"), {
            EncryptLogGroups: {
                Principal: { Service: `logs.${region}.amazonaws.com` },
                Action: [...encryptAndDecrypt, "kms:DescribeKey"],
                Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${account}:*` } },
            },
        });
    });

    it("messages: alarms, events, database events and budgets to our topics, events to our queues", () => {
        const Action = ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"];
        const ours = (service: string) => `arn:aws:${service}:${region}:${account}:*`;
        assert.deepEqual(particular("messages"), {
            UseThroughServices: {
                Principal: root,
                Action: encryptAndDecrypt,
                Condition: { StringEquals: { ...caller, ...via("sns", "sqs") } },
            },
            PublishToTopics: {
                Principal: {
                    Service: [
                        "budgets.amazonaws.com",
                        "cloudwatch.amazonaws.com",
                        "events.amazonaws.com",
                        "events.rds.amazonaws.com",
                    ],
                },
                Action,
                Condition: { ArnLike: { "kms:EncryptionContext:aws:sns:topicArn": ours("sns") } },
            },
            SendToQueues: {
                Principal: { Service: "events.amazonaws.com" },
                Action,
                Condition: { ArnLike: { "kms:EncryptionContext:aws:sqs:arn": ours("sqs") } },
            },
        });
    });

    it("messages: no source condition, with which EventBridge would deliver nothing and say nothing", () => {
        assert.doesNotMatch(JSON.stringify(keyPolicy("messages", platform)), /aws:Source/);
    });

    it("follow the platform to another region", () => {
        const elsewhere = JSON.stringify(KEY_PURPOSES.map((p) => keyPolicy(p, { ...platform, region: "eu-west-1" })));
        assert.ok(!elsewhere.includes(region));
    });
});
