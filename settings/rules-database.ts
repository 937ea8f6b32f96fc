import { connectionBudget } from "../components/model/connections";
import {
    INSTANCE_SIZES,
    instanceMemoryGiB,
    maxConnections,
    serverlessMaxConnections,
} from "../components/model/database-memory";
import { databaseSizeOf } from "./platform";
import { type Found, rule } from "./rule";
import type { Settings } from "./schema";

/* The database: its size, and whether it takes the fleet. */

export const databaseHasOneSize = rule(["database"], ({ database }): Found[] => {
    const { instanceClass, serverless } = database;
    if ((instanceClass === undefined) === (serverless === undefined)) {
        const text = "must have exactly one of instanceClass and serverless";
        return [[["database"], { instanceClass, serverless }, text, "instanceClass: db.r8g.xlarge"]];
    }
    return serverless && serverless.maxAcu < serverless.minAcu
        ? [
              [
                  ["database", "serverless", "maxAcu"],
                  serverless.maxAcu,
                  `must not be less than minAcu, which is ${serverless.minAcu}`,
                  serverless.minAcu,
              ],
          ]
        : [];
});

export const databaseTakesTheFleet = rule(["fleet", "database"], ({ fleet, database }): Found[] => {
    if (databaseHasOneSize.check({ database } as Settings).length > 0) return [];
    const agents = Object.values(fleet.classes).reduce((sum, each) => sum + each.agents, 0);
    const taken = databaseSizeOf(database).maxConnections;
    const budget = (maximum: number, pooled = database.proxy) =>
        connectionBudget({ agents, maxConnections: maximum, pooled });
    const { needed, perAgent, available, fits } = budget(taken);
    if (fits) return [];
    const rest = `takes ${taken} connections, ${available} of them for agents; ${agents} agents need ${needed}, ${perAgent} each`;
    const pool = budget(taken, true).fits ? "openclaw:database.proxy: true, or " : "";
    const larger = largerThan(database, (maximum) => budget(maximum).fits);
    return [[sizeKey(database), sizeOf(database), `must fit the fleet: ${rest}`, `${pool}${larger}`]];
});

type DatabaseSettings = Settings["database"];

function sizeKey({ instanceClass }: DatabaseSettings): string[] {
    return ["database", ...(instanceClass === undefined ? ["serverless", "maxAcu"] : ["instanceClass"])];
}

function sizeOf({ instanceClass, serverless }: DatabaseSettings): string | number | undefined {
    return instanceClass ?? serverless?.maxAcu;
}

/** The smallest size that does, in words. */
function largerThan(
    { instanceClass, serverless }: DatabaseSettings,
    does: (maxConnections: number) => boolean,
): string {
    const none = "fewer agents: Aurora takes 5,000 connections at most";
    if (instanceClass !== undefined) {
        const [, family = ""] = /^(db\.r\d+g)\./.exec(instanceClass) ?? [];
        const classes = INSTANCE_SIZES.map((size) => `${family}.${size}`);
        return classes.find((name) => does(maxConnections(instanceMemoryGiB(name)))) ?? none;
    }
    const minAcu = Math.max(1, serverless?.minAcu ?? 1);
    const units = Array.from({ length: 256 }, (_, index) => index + 1).find((maxAcu) =>
        does(serverlessMaxConnections(minAcu, maxAcu)),
    );
    return units === undefined ? none : `${units}, with minAcu at least 1`;
}
