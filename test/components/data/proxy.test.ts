import { strict as assert } from "node:assert";
import { DatabaseProxy } from "../../../components/data/proxy";
import { platform, type Recorded, record } from "../../support/record";

describe("DatabaseProxy", () => {
    let recorded: Recorded;
    before(
        async () =>
            (recorded = await record(
                () =>
                    new DatabaseProxy("pool", {
                        platform,
                        clusterIdentifier: "openclaw-test-database",
                        clusterResourceId: "cluster-ABC",
                        instances: [],
                        subnetIds: ["subnet-a", "subnet-b"],
                        vpcId: "vpc-1",
                        clientSecurityGroupId: "sg-nodes",
                        databaseSecurityGroupId: "sg-database",
                        databaseUsers: ["openclaw_bridge", "openclaw_reader"],
                        logsKeyArn: "arn:logs-key",
                    }),
            )),
    );

    it("logs in by IAM on both sides, over TLS, with no secret and without writing statements down", () => {
        assert.deepEqual(recorded.inputs("pool-pool"), {
            name: "openclaw-test-database",
            engineFamily: "POSTGRESQL",
            defaultAuthScheme: "IAM_AUTH",
            requireTls: true,
            roleArn: recorded.get("pool-role").outputs["arn"],
            vpcSubnetIds: ["subnet-a", "subnet-b"],
            vpcSecurityGroupIds: [recorded.get("pool-access").outputs["id"]],
            idleClientTimeout: 1800,
            debugLogging: false,
        });
    });

    it("may log in to this cluster, as the users named, and nothing else", () => {
        const policy = JSON.parse(String(recorded.inputs("pool-permissions")["policy"]));
        assert.deepEqual(policy.Statement, [
            {
                Sid: "LogIn",
                Effect: "Allow",
                Action: "rds-db:connect",
                Resource: [
                    "arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-ABC/openclaw_bridge",
                    "arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-ABC/openclaw_reader",
                ],
            },
        ]);
    });

    it("has role and log group before it starts", () => {
        const { dependencies } = recorded.get("pool-pool");
        assert.ok(dependencies.includes(recorded.get("pool-permissions").urn));
        assert.ok(dependencies.includes(recorded.get("pool-logs").urn));
        assert.equal(recorded.inputs("pool-logs")["name"], "/aws/rds/proxy/openclaw-test-database");
    });

    it("stands between nodes and database: in from the one, out to the other", () => {
        const pool = recorded.get("pool-access").outputs["id"];
        const ends = (name: string) => {
            const { securityGroupId, referencedSecurityGroupId, fromPort, toPort } = recorded.inputs(name);
            return [securityGroupId, referencedSecurityGroupId, fromPort, toPort];
        };
        assert.deepEqual(ends("pool-access-from-nodes"), [pool, "sg-nodes", 5432, 5432]);
        assert.deepEqual(ends("pool-access-to-database"), [pool, "sg-database", 5432, 5432]);
        assert.deepEqual(ends("pool-access-at-database"), ["sg-database", pool, 5432, 5432]);
    });

    it("leaves connections for people and migrations, and waits out a failover", () => {
        assert.deepEqual(recorded.inputs("pool-target-group")["connectionPoolConfig"], {
            maxConnectionsPercent: 80,
            maxIdleConnectionsPercent: 20,
            connectionBorrowTimeout: 30,
        });
        assert.deepEqual(recorded.inputs("pool-target"), {
            dbProxyName: "openclaw-test-database",
            targetGroupName: "default",
            dbClusterIdentifier: "openclaw-test-database",
        });
    });
});
