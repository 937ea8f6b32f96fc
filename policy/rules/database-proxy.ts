import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import { DATABASES, PROXY } from "./support/databases";
import { referred, referring } from "./support/related";
import { inTurn, requireFlag, requireNumber, requireOneOf, requireRole } from "./support/values";

const TARGET = "aws:rds/proxyTarget:ProxyTarget";
const TARGET_GROUP = "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup";

export const databaseProxyAccess = resourceRule({
    name: "database-proxy-access",
    description:
        "Every database proxy takes TLS and tokens of IAM alone, with a role of its own, and logs no statement",
    severity: "high",
    references: ["AWS FSBP RDS.43", "openclaw promise 4"],
    remediation:
        "Set requireTls to true, defaultAuthScheme to IAM_AUTH (or iamAuth REQUIRED in each of auths) and debugLogging to false: it writes statements with their values to the log.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.html",
    types: [PROXY],
    check({ props }, report) {
        inTurn(
            () => requireFlag(props, "requireTls", true, report),
            () => requireFlag(props, "debugLogging", false, report),
            () => requireRole(props, "roleArn", report),
            () => {
                const auths = props.list("auths");
                if (auths.length === 0) requireOneOf(props, "defaultAuthScheme", ["IAM_AUTH"], report);
                for (const auth of auths) requireOneOf(auth, "iamAuth", ["REQUIRED"], report);
            },
        );
    },
});

export const databaseProxyTarget = stackRule({
    name: "database-proxy-target",
    description: "Every proxy leads to a database that is made here, through a pool whose limits are set",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation:
        "Give the proxy a ProxyDefaultTargetGroup, and a ProxyTarget with the cluster's or the instance's identifier.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.html",
    types: [PROXY],
    check(stack, report) {
        const poolsOf = referring(stack, [TARGET_GROUP], "dbProxyName");
        const targetsOf = referring(stack, [TARGET], "dbProxyName");
        for (const proxy of stack.ofType(PROXY)) {
            if (poolsOf(proxy).length === 0) report(proxy, "has no pool whose limits are set");
            const databases = targetsOf(proxy).flatMap((target) =>
                ["dbClusterIdentifier", "dbInstanceIdentifier"].flatMap((property) => [
                    ...referred(stack, target, property, DATABASES),
                ]),
            );
            if (databases.length === 0) report(proxy, "leads to no database that is made here");
        }
    },
});

export const databaseProxyPool = resourceRule({
    name: "database-proxy-pool",
    description:
        "Every proxy leaves connections to administrators and migrations, and lets no client wait or idle for ever",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation:
        "Set maxConnectionsPercent to 90 or less, and connectionBorrowTimeout and idleClientTimeout to seconds that a client can wait and be silent.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-connections.html",
    types: [PROXY, TARGET_GROUP],
    settings: {
        maximumConnectionsPercent: z.int().min(1).max(100).default(90).describe("Share of the database's connections"),
        maximumWaitSeconds: z.int().min(1).default(60).describe("Seconds that a client waits for a connection at most"),
        maximumIdleSeconds: z.int().min(1).default(3600).describe("Seconds that a client is silent at most"),
    },
    check({ type, props }, report, { maximumConnectionsPercent, maximumWaitSeconds, maximumIdleSeconds }) {
        if (type === PROXY) {
            requireNumber(props, "idleClientTimeout", { least: 1, most: maximumIdleSeconds }, report);
            return;
        }
        const pool = props.get("connectionPoolConfig");
        inTurn(
            () => requireNumber(pool, "maxConnectionsPercent", { least: 1, most: maximumConnectionsPercent }, report),
            () =>
                requireNumber(pool, "maxIdleConnectionsPercent", { least: 0, most: maximumConnectionsPercent }, report),
            () => requireNumber(pool, "connectionBorrowTimeout", { least: 1, most: maximumWaitSeconds }, report),
        );
    },
});

export const databaseProxyRules = [databaseProxyAccess, databaseProxyTarget, databaseProxyPool];
