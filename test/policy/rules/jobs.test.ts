import * as rules from "../../../policy/rules/jobs";
import { of, TYPE } from "../support/kubernetes";
import { prove } from "../support/prove";

const job = of("fleet-analyst-rollout", TYPE.job, "spec");
const upkeep = of("schema-upkeep", "kubernetes:batch/v1:CronJob", "spec");
const FAILURES = "podFailurePolicy.rules";

describe("policy: jobs", () => {
    prove(rules.jobDeadline, {
        breaks: [job.set("activeDeadlineSeconds", 100_000)],
        missing: job.unset("activeDeadlineSeconds"),
        unknown: job.unknown("activeDeadlineSeconds"),
    });

    prove(rules.jobRetries, {
        breaks: [job.set("backoffLimit", 6)],
        missing: job.unset("backoffLimit"),
        unknown: job.unknown("backoffLimit"),
    });

    prove(rules.jobEviction, {
        breaks: [
            job.set(`${FAILURES}.0.action`, "FailJob"),
            job.set(`${FAILURES}.0.onPodConditions.0.type`, "Other"),
            job.set("template.spec.restartPolicy", "OnFailure"),
        ],
        missing: job.unset("podFailurePolicy"),
        unknown: job.unknown("podFailurePolicy"),
    });

    prove(rules.jobSingle, {
        breaks: [job.set("podReplacementPolicy", "TerminatingOrFailed"), job.set("parallelism", 2)],
        missing: job.unset("podReplacementPolicy"),
        unknown: job.unknown("podReplacementPolicy"),
    });

    prove(rules.jobUndisturbed, {
        breaks: [job.entry("template.metadata.annotations", "karpenter.sh/do-not-disrupt", "false")],
        missing: job.unset("template.metadata.annotations"),
        unknown: job.unknown("template.metadata.annotations"),
    });

    prove(rules.cronJobRegular, {
        breaks: [
            upkeep.set("schedule", "hourly"),
            upkeep.set("concurrencyPolicy", "Allow"),
            upkeep.set("startingDeadlineSeconds", 9),
            upkeep.set("suspend", true),
        ],
        missing: upkeep.unset("concurrencyPolicy"),
        unknown: upkeep.unknown("schedule"),
    });
});
