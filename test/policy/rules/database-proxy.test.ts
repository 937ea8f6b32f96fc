import { databaseProxyAccess, databaseProxyPool, databaseProxyTarget } from "../../../policy/rules/database-proxy";
import { all, option, remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const POOL = "database-proxy-target-group";

describe("policy: proxies of databases", () => {
    prove(databaseProxyAccess, {
        breaks: [
            set("database-proxy-pool", "requireTls", false),
            set("database-proxy-pool", "debugLogging", true),
            set("database-proxy-pool", "defaultAuthScheme", "NONE"),
            set("database-proxy-pool", "auths", [{ iamAuth: "DISABLED" }]),
            set("database-proxy-pool", "roleArn", "somebody"),
        ],
        missing: unset("database-proxy-pool", "requireTls"),
        unknown: unknown("database-proxy-pool", "requireTls"),
    });

    prove(databaseProxyTarget, {
        breaks: [remove("database-proxy-target"), remove(POOL), unset("database-proxy-target", "dbProxyName")],
        missing: unset("database-proxy-target", "dbClusterIdentifier"),
        unknown: all(
            unknown("database-proxy-target", "dbClusterIdentifier"),
            option("database-proxy-target", { propertyDependencies: {} }),
        ),
    });

    prove(databaseProxyPool, {
        breaks: [
            set(POOL, "connectionPoolConfig.maxConnectionsPercent", 100),
            set(POOL, "connectionPoolConfig.maxIdleConnectionsPercent", 95),
            set(POOL, "connectionPoolConfig.connectionBorrowTimeout", 300),
            set("database-proxy-pool", "idleClientTimeout", 28_800),
        ],
        missing: unset(POOL, "connectionPoolConfig"),
        unknown: unknown(POOL, "connectionPoolConfig.maxConnectionsPercent"),
    });
});
