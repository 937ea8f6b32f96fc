import { replicationFailureWatched } from "../../../policy/rules/replication-watch";
import { remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const FILTER = "operations-replication-errors";
const ALARM = "operations-agents-replication-analyst";

describe("policy: watch over the replication of agents' state", () => {
    prove(replicationFailureWatched, {
        breaks: [
            remove(FILTER),
            set(FILTER, "pattern", '{ $.kubernetes.container_name = "litestream" && $.log_processed.level = "INFO" }'),
            set(FILTER, "pattern", '{ $.kubernetes.container_name = "gateway" && $.log_processed.level = "ERROR" }'),
            set(FILTER, "metricTransformation.value", "0"),
            set(FILTER, "metricTransformation.name", "Other"),
            unset(FILTER, "metricTransformation.dimensions"),
            set(ALARM, "threshold", 10),
            set(ALARM, "statistic", "Minimum"),
            set(ALARM, "dimensions.Namespace", "agents-support"),
            set(ALARM, "evaluationPeriods", 12),
        ],
        missing: unset(FILTER, "pattern"),
        unknown: unknown(FILTER, "pattern"),
    });
});
