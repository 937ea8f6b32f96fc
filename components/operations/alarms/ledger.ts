import { type AlarmDefinition, silenceIsFailure } from "./definition";
import { ledger } from "./metrics";

/** Days without which there is no time left to mend what makes partitions. They are made three months ahead. */
const ENOUGH_DAYS = 20;

/** Tier 3: whether the decision log has somewhere to be written next month, and whether anybody looks. */
export function ledgerAlarms(environment: string): AlarmDefinition[] {
    return [
        {
            slug: "ledger-partitions",
            title: `Partitions of the decision log are ready for fewer than ${ENOUGH_DAYS} days, or upkeep has been silent for two hours`,
            promise: 5,
            critical: true,
            watched: { metric: ledger(environment, "PartitionDaysAhead", "Minimum") },
            breachedWhen: "<",
            threshold: ENOUGH_DAYS,
            periodSeconds: 3600,
            periods: 2,
            // The schema is made after the cluster and the database.
            missing: silenceIsFailure("upkeep runs every hour and says how many days are ready", 180),
            runbook: "ledger-partitions",
        },
    ];
}
