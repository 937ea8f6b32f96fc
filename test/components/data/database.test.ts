import { strict as assert } from "node:assert";
import { Database, type DatabaseArgs } from "../../../components/data/database";
import type { PlannedResource } from "../../../plan/offline-engine";
import { platform, type Recorded, record, value } from "../../support/record";

const subnets = (...letters: string[]) =>
    letters.map((letter) => ({ zone: `us-east-1${letter}`, id: `subnet-${letter}` }));

const prod: DatabaseArgs = {
    platform,
    engineVersion: "17.7",
    capacity: { kind: "provisioned", instanceClass: "db.r8g.xlarge" },
    instances: 2,
    subnets: subnets("a", "b"),
    vpcId: "vpc-1",
    clientSecurityGroupId: "sg-nodes",
    kmsKeyArn: "arn:database-key",
    logsKeyArn: "arn:logs-key",
    pointInTimeRecoveryDays: 35,
    proxy: true,
    insights: "advanced",
    databaseUsers: ["openclaw_bridge"],
};

const staging: DatabaseArgs = {
    ...prod,
    platform: { ...platform, protect: false },
    capacity: { kind: "serverless", minAcu: 0.5, maxAcu: 4 },
    instances: 1,
    pointInTimeRecoveryDays: 7,
    proxy: false,
    insights: "standard",
};

const create = (args: DatabaseArgs) => record(() => new Database("database", args));
const cluster = (recorded: Recorded) => recorded.get("database-cluster", "aws:rds/cluster:Cluster");
const instances = (recorded: Recorded) => recorded.ofType("aws:rds/clusterInstance:ClusterInstance");

describe("Database in a protected environment", () => {
    let recorded: Recorded;
    before(async () => (recorded = await create(prod)));

    it("asks for the cluster exactly so", () => {
        const { dbSubnetGroupName, vpcSecurityGroupIds, dbClusterParameterGroupName, ...plain } =
            cluster(recorded).inputs;
        assert.deepEqual(plain, {
            clusterIdentifier: "openclaw-test-database",
            engine: "aurora-postgresql",
            engineMode: "provisioned",
            engineVersion: "17.7",
            autoMinorVersionUpgrade: false,
            engineLifecycleSupport: "open-source-rds-extended-support-disabled",
            databaseName: "openclaw",
            port: 5432,
            networkType: "IPV4",
            storageEncrypted: true,
            kmsKeyId: "arn:database-key",
            masterUsername: "openclaw_admin",
            manageMasterUserPassword: true,
            masterUserSecretKmsKeyId: "arn:database-key",
            iamDatabaseAuthenticationEnabled: true,
            enabledCloudwatchLogsExports: ["postgresql", "iam-db-auth-error"],
            databaseInsightsMode: "advanced",
            performanceInsightsEnabled: true,
            performanceInsightsKmsKeyId: "arn:database-key",
            performanceInsightsRetentionPeriod: 465,
            backupRetentionPeriod: 35,
            preferredBackupWindow: "07:00-07:30",
            preferredMaintenanceWindow: "sun:08:00-sun:08:30",
            copyTagsToSnapshot: true,
            deletionProtection: true,
            deleteAutomatedBackups: false,
            skipFinalSnapshot: false,
            finalSnapshotIdentifier: "openclaw-test-database-final",
            applyImmediately: false,
        });
        assert.equal(dbSubnetGroupName, recorded.get("database-subnets").outputs["name"]);
        assert.deepEqual(vpcSecurityGroupIds, [recorded.get("database-access").outputs["id"]]);
        assert.equal(dbClusterParameterGroupName, recorded.get("database-cluster-parameters").outputs["name"]);
        assert.equal(cluster(recorded).protect, true);
    });

    it("puts writer and reader in different zones, the reader next in line", () => {
        assert.deepEqual(
            instances(recorded).map(({ name, inputs }) => [
                name,
                inputs["availabilityZone"],
                inputs["promotionTier"],
                inputs["instanceClass"],
            ]),
            [
                ["database-instance-a-1", "us-east-1a", 0, "db.r8g.xlarge"],
                ["database-instance-b-1", "us-east-1b", 1, "db.r8g.xlarge"],
            ],
        );
    });

    it("makes the writer first: what exists first becomes the writer", () => {
        const [writer, reader] = instances(recorded);
        assert.ok(writer && reader);
        assert.ok(reader.dependencies.includes(writer.urn));
        assert.ok(!writer.dependencies.includes(reader.urn));
    });

    it("never serves two instances in the same half hour, nor in the cluster's own", () => {
        const windows = [cluster(recorded), ...instances(recorded)].map((r) => r.inputs["preferredMaintenanceWindow"]);
        assert.equal(new Set(windows).size, windows.length);
    });

    it("watches every instance from close by and exposes none", () => {
        const role = recorded.get("database-monitoring-role");
        for (const { inputs } of instances(recorded)) {
            assert.equal(inputs["monitoringInterval"], 15);
            assert.equal(inputs["monitoringRoleArn"], role.outputs["arn"]);
            assert.equal(inputs["publiclyAccessible"], false);
            assert.equal(inputs["autoMinorVersionUpgrade"], false);
            assert.equal(inputs["caCertIdentifier"], "rds-ca-rsa2048-g1");
        }
        assert.match(String(role.inputs["assumeRolePolicy"]), /"aws:SourceAccount":"111122223333"/);
    });

    it("has the log groups before the cluster that would make them without key and end", () => {
        for (const log of ["postgresql", "iam-db-auth-error"]) {
            const group = recorded.get(`database-logs-${log}`);
            assert.equal(group.inputs["name"], `/aws/rds/cluster/openclaw-test-database/${log}`);
            assert.equal(group.inputs["kmsKeyId"], "arn:logs-key");
            assert.equal(group.inputs["retentionInDays"], 400);
            assert.ok(cluster(recorded).dependencies.includes(group.urn));
        }
    });

    it("accepts PostgreSQL from nodes and pool alone, and lets nothing out", () => {
        const group = recorded.get("database-access").outputs["id"];
        const rules = recorded
            .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
            .filter(({ inputs }) => inputs["securityGroupId"] === group);
        assert.deepEqual(
            rules.map(({ inputs }) => [
                inputs["referencedSecurityGroupId"],
                inputs["ipProtocol"],
                inputs["fromPort"],
                inputs["toPort"],
                inputs["cidrIpv4"],
            ]),
            [
                ["sg-nodes", "tcp", 5432, 5432, undefined],
                [recorded.get("database-proxy-access").outputs["id"], "tcp", 5432, 5432, undefined],
            ],
        );
        const out = recorded.ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule");
        assert.ok(out.every(({ inputs }) => inputs["securityGroupId"] !== group));
    });

    it("forces TLS, audits structure and rights, and limits how long a session holds things", () => {
        const parameters = (name: string) => {
            const { family, parameters: list } = recorded.inputs(name);
            assert.equal(family, "aurora-postgresql17");
            assert.ok(Array.isArray(list));
            return new Map(
                list.map((item) => {
                    const { name: key, value: set, applyMethod } = item as Record<string, string>;
                    return [key, `${set} ${applyMethod}`];
                }),
            );
        };
        const cluster = parameters("database-cluster-parameters");
        assert.equal(cluster.get("rds.force_ssl"), "1 immediate");
        assert.equal(cluster.get("shared_preload_libraries"), "pg_stat_statements,pgaudit,pg_cron pending-reboot");
        assert.equal(cluster.get("cron.database_name"), "openclaw pending-reboot");
        assert.equal(cluster.get("pgaudit.log"), "ddl,role immediate");
        assert.equal(cluster.get("log_min_duration_statement"), "1000 immediate");
        assert.deepEqual(
            [...parameters("database-instance-parameters")],
            [
                ["statement_timeout", "60000 immediate"],
                ["lock_timeout", "10000 immediate"],
                ["idle_in_transaction_session_timeout", "60000 immediate"],
            ],
        );
    });

    it("carries no secret, in any input of any resource", () => {
        for (const resource of recorded.resources) {
            assert.deepEqual(resource.secrets, [], resource.name);
            const keys = Object.keys(resource.inputs);
            assert.ok(!keys.some((key) => /^masterPassword|^auths$|^password$/.test(key)), resource.name);
        }
    });

    it("never names the cluster's zones: with two of three it would be replaced later", () => {
        assert.ok(!("availabilityZones" in cluster(recorded).inputs));
    });

    it("names every child after itself", () => {
        const ours = recorded.resources.filter(({ type }) => type !== "pulumi:pulumi:Stack");
        for (const { name } of ours) assert.ok(name.startsWith("database"), name);
        assert.equal(recorded.engine.lookups.length, 0);
    });
});

describe("Database outside a protected environment", () => {
    it("can be taken down, and leaves nothing behind", async () => {
        const recorded = await create(staging);
        const { inputs, protect } = cluster(recorded);
        assert.equal(protect, false);
        assert.equal(inputs["deletionProtection"], false);
        assert.equal(inputs["deleteAutomatedBackups"], true);
        assert.equal(inputs["skipFinalSnapshot"], true);
        assert.ok(!("finalSnapshotIdentifier" in inputs));
        assert.equal(inputs["applyImmediately"], true);
        assert.equal(inputs["backupRetentionPeriod"], 7);
        assert.equal(inputs["performanceInsightsRetentionPeriod"], 7);
        assert.equal(inputs["databaseInsightsMode"], "standard");
        assert.deepEqual(inputs["serverlessv2ScalingConfiguration"], { minCapacity: 0.5, maxCapacity: 4 });
        assert.deepEqual(
            instances(recorded).map((instance) => [
                instance.inputs["instanceClass"],
                instance.inputs["monitoringInterval"],
            ]),
            [["db.serverless", 60]],
        );
        assert.equal(recorded.ofType("aws:rds/proxy:Proxy").length, 0);
    });

    it("is encrypted, speaks TLS and logs in by IAM no less", async () => {
        const { inputs } = cluster(await create(staging));
        assert.equal(inputs["storageEncrypted"], true);
        assert.equal(inputs["kmsKeyId"], "arn:database-key");
        assert.equal(inputs["iamDatabaseAuthenticationEnabled"], true);
    });
});

describe("Database that grows", () => {
    /** What is there before is there afterwards, and as it was but for the inputs named. */
    async function growsWithoutReplacement(from: DatabaseArgs, to: DatabaseArgs, mayChange: Record<string, string>) {
        const before = await create(from);
        const after = new Map((await create(to)).resources.map((resource) => [resource.urn, resource]));
        for (const old of before.resources) {
            const now = after.get(old.urn);
            assert.ok(now, `${old.name} is gone`);
            assert.deepEqual(differences(old, now), mayChange[old.name] ? [mayChange[old.name]] : [], old.name);
        }
        return after.size - before.resources.length;
    }

    const differences = (old: PlannedResource, now: PlannedResource) =>
        [...new Set([...Object.keys(old.inputs), ...Object.keys(now.inputs)])].filter(
            (key) => JSON.stringify(old.inputs[key]) !== JSON.stringify(now.inputs[key]),
        );

    it("by a reader: one instance more, nothing else touched", async () => {
        for (const count of [1, 2]) {
            const added = await growsWithoutReplacement(
                { ...prod, instances: count },
                { ...prod, instances: count + 1 },
                {},
            );
            assert.equal(added, 1);
        }
    });

    it("by a zone: its subnet joins the subnet group, in place", async () => {
        const added = await growsWithoutReplacement(
            prod,
            { ...prod, subnets: subnets("a", "b", "c") },
            { "database-subnets": "subnetIds" },
        );
        assert.equal(added, 0);
    });

    it("by a reader in a new zone", async () => {
        const grown = await create({ ...prod, subnets: subnets("a", "b", "c"), instances: 3 });
        assert.deepEqual(
            instances(grown).map(({ inputs }) => inputs["availabilityZone"]),
            ["us-east-1a", "us-east-1b", "us-east-1c"],
        );
    });
});

describe("Database", () => {
    it("tells what others need, without asking AWS", async () => {
        let database: Database | undefined;
        await record(() => (database = new Database("database", prod)));
        assert.ok(database?.proxyEndpoint && database.proxyName);
        assert.equal(await value(database.clusterIdentifier), "openclaw-test-database");
        assert.match(await value(database.clusterArn), /^arn:aws:rds:us-east-1:111122223333:cluster:/);
        assert.match((await value(database.masterSecretArn)) ?? "", /^arn:aws:secretsmanager:/);
        assert.equal(await value(database.proxyName), "openclaw-test-database");
        assert.deepEqual(database.instanceIdentifiers, ["openclaw-test-database-a-1", "openclaw-test-database-b-1"]);
    });

    const refused: [string, Partial<DatabaseArgs>, RegExp][] = [
        ["one zone", { subnets: subnets("a") }, /at least two zones/],
        ["the same zone twice", { subnets: subnets("a", "a") }, /at least two zones/],
        ["two subnets of one zone", { subnets: subnets("a", "b", "b") }, /one subnet a zone/],
        ["no instance", { instances: 0 }, /at least one instance/],
        ["a pool that may log in as nobody", { databaseUsers: [] }, /needs a database user/],
    ];
    for (const [what, args, message] of refused) {
        it(`refuses ${what}`, async () => {
            await record(() => assert.throws(() => new Database("database", { ...prod, ...args }), message));
        });
    }
});
