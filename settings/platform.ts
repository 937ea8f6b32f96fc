import type { DatabaseCapacity } from "../components/data/database";
import { instanceMemoryGiB, maxConnections, serverlessMaxConnections } from "../components/model/database-memory";
import type { Platform } from "../components/platform";
import { type Names, platformName } from "./names";
import type { Settings } from "./schema";

/** The tag that tells environments apart: budgets filter by it. */
export const ENVIRONMENT_TAG = "openclaw:environment";

/** What every component needs to know of the environment. */
export function platformOf(settings: Settings, names: Names): Platform {
    const name = platformName(names);
    return {
        name,
        account: settings.account,
        region: settings.region,
        protect: settings.protect,
        logRetentionDays: settings.retention.logDays,
        tags: {
            [ENVIRONMENT_TAG]: name,
            "openclaw:owner": settings.owner,
            "openclaw:cost-center": settings.costCenter,
        },
    };
}

/** How large the database's instances are, and how many connections each of them takes. */
export function databaseSizeOf({ instanceClass, serverless }: Settings["database"]): {
    readonly capacity: DatabaseCapacity;
    readonly maxConnections: number;
} {
    if (instanceClass !== undefined) {
        return {
            capacity: { kind: "provisioned", instanceClass },
            maxConnections: maxConnections(instanceMemoryGiB(instanceClass)),
        };
    }
    if (serverless === undefined) throw new RangeError("the database needs instanceClass or serverless");
    return {
        capacity: { kind: "serverless", ...serverless },
        maxConnections: serverlessMaxConnections(serverless.minAcu, serverless.maxAcu),
    };
}
