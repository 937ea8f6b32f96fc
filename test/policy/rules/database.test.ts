import {
    databaseAdministratorName,
    databaseCertificate,
    databaseIamAuthentication,
    databaseLogExport,
    databasePrivate,
    databaseTagsToSnapshots,
    databaseTls,
} from "../../../policy/rules/database";
import { UNKNOWN } from "../../../policy/engine/value";
import { parameter } from "../support/database";
import { set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

describe("policy: access to databases", () => {
    prove(databasePrivate, {
        breaks: [
            set("database-instance-b-1", "publiclyAccessible", true),
            set("database-cluster", "vpcSecurityGroupIds", []),
            set("database-proxy-pool", "vpcSecurityGroupIds", ["default"]),
            unset("database-proxy-pool", "vpcSecurityGroupIds"),
            set("database-cluster", "dbSubnetGroupName", "default"),
            unset("database-instance-a-1", "dbSubnetGroupName"),
        ],
        missing: unset("database-instance-a-1", "publiclyAccessible"),
        unknown: unknown("database-instance-a-1", "publiclyAccessible"),
    });

    prove(databaseIamAuthentication, {
        breaks: [set("database-cluster", "iamDatabaseAuthenticationEnabled", false)],
        missing: unset("database-cluster", "iamDatabaseAuthenticationEnabled"),
        unknown: unknown("database-cluster", "iamDatabaseAuthenticationEnabled"),
    });

    prove(databaseAdministratorName, {
        breaks: [set("database-cluster", "masterUsername", "Postgres")],
        missing: unset("database-cluster", "masterUsername"),
        unknown: unknown("database-cluster", "masterUsername"),
    });

    prove(databaseTls, {
        breaks: [
            parameter("database-cluster-parameters", "rds.force_ssl", "0"),
            parameter("database-cluster-parameters", "rds.force_ssl", undefined),
        ],
        missing: unset("database-cluster", "dbClusterParameterGroupName"),
        unknown: parameter("database-cluster-parameters", "rds.force_ssl", UNKNOWN),
    });

    prove(databaseCertificate, {
        breaks: [set("database-instance-a-1", "caCertIdentifier", "rds-ca-2019")],
        missing: unset("database-instance-a-1", "caCertIdentifier"),
        unknown: unknown("database-instance-a-1", "caCertIdentifier"),
    });

    prove(databaseLogExport, {
        breaks: [
            set("database-cluster", "enabledCloudwatchLogsExports", []),
            set("database-cluster", "enabledCloudwatchLogsExports", ["postgresql"]),
            set("database-cluster", "enabledCloudwatchLogsExports", ["iam-db-auth-error"]),
        ],
        missing: unset("database-cluster", "enabledCloudwatchLogsExports"),
        unknown: unknown("database-cluster", "enabledCloudwatchLogsExports"),
    });

    prove(databaseTagsToSnapshots, {
        breaks: [
            set("database-cluster", "copyTagsToSnapshot", false),
            set("database-instance-a-1", "copyTagsToSnapshot", false),
        ],
        missing: unset("database-cluster", "copyTagsToSnapshot"),
        unknown: unknown("database-cluster", "copyTagsToSnapshot"),
    });
});
