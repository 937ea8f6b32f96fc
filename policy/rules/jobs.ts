import { z } from "zod";
import type { Reader } from "../engine/value";
import { entryAt } from "./support/labels";
import { type Pod, podRule } from "./support/pods";

const JOBS = "https://kubernetes.io/docs/concepts/workloads/controllers/job/";

const kinds = ["Job", "CronJob"];

/** The spec of a job, or of those that a CronJob makes. */
function jobSpec({ kind, props }: Pod): Reader {
    return props.get(kind === "CronJob" ? "spec.jobTemplate.spec" : "spec");
}

export const jobDeadline = podRule({
    name: "job-deadline",
    description: "Every job ends",
    severity: "medium",
    references: ["Kubescape C-0026", "openclaw promise 7"],
    remediation: "Set activeDeadlineSeconds.",
    url: JOBS,
    kinds,
    settings: { maximumSeconds: z.int().min(1).default(86_400).describe("Longest that a job may take") },
    check(pod, say, { maximumSeconds }) {
        const seconds = jobSpec(pod).number("activeDeadlineSeconds");
        if (seconds === undefined) say.missing(`has no activeDeadlineSeconds, ${maximumSeconds} or less is required`);
        else if (seconds < 1 || seconds > maximumSeconds) {
            say.wrong(`may take ${seconds} s, ${maximumSeconds} s are the most`);
        }
    },
});

export const jobRetries = podRule({
    name: "job-retries",
    description: "A job that fails is seen to fail at once: what helps against that is in its script",
    severity: "low",
    references: ["openclaw promise 7"],
    remediation: "Set backoffLimit to the maximum or less.",
    url: JOBS,
    kinds,
    settings: {
        maximum: z.int().min(0).default(0).describe("How often a job's pod may be made again after a failure"),
    },
    check(pod, say, { maximum }) {
        const retries = jobSpec(pod).number("backoffLimit");
        if (retries === undefined) say.missing(`has no backoffLimit, which means 6: ${maximum} is the most`);
        else if (retries > maximum) say.wrong(`has backoffLimit ${retries}, ${maximum} is the most`);
    },
});

export const jobEviction = podRule({
    name: "job-eviction",
    description: "A job goes on elsewhere when its node is drained, and does not count that as a failure",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set restartPolicy Never and a podFailurePolicy that ignores the condition DisruptionTarget.",
    url: "https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy",
    kinds,
    check(pod, say) {
        const rules = jobSpec(pod).list("podFailurePolicy.rules");
        const ignores = rules.some(
            (rule) =>
                rule.text("action") === "Ignore" &&
                rule
                    .list("onPodConditions")
                    .some((each) => each.text("type") === "DisruptionTarget" && each.text("status") === "True"),
        );
        if (!ignores) say.missing("counts an eviction as a failure");
        // Another policy allows no policy of failures.
        if (pod.spec.text("restartPolicy") !== "Never") {
            say.missing(`has restartPolicy ${pod.spec.text("restartPolicy") ?? "of none"}, Never is required`);
        }
    },
});

export const jobSingle = podRule({
    name: "job-single",
    description: "No two pods of a job are at work at once",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set podReplacementPolicy to Failed, and leave parallelism at 1.",
    url: "https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-replacement-policy",
    kinds,
    check(pod, say) {
        const spec = jobSpec(pod);
        const policy = spec.text("podReplacementPolicy");
        if (policy === undefined) say.missing("has no podReplacementPolicy, Failed is required");
        else if (policy !== "Failed") say.wrong(`has podReplacementPolicy ${policy}, Failed is required`);
        const parallelism = spec.has("parallelism") ? spec.number("parallelism") : 1;
        if (parallelism !== 1) say.wrong(`has parallelism ${parallelism ?? "of no number"}, 1 is required`);
    },
});

export const jobUndisturbed = podRule({
    name: "job-undisturbed",
    description: "Karpenter takes no node away under a job",
    severity: "low",
    references: ["openclaw promise 6"],
    remediation: "Set the annotation karpenter.sh/do-not-disrupt to true on the job's pods.",
    url: "https://karpenter.sh/docs/concepts/disruption/#pod-level-controls",
    kinds,
    check({ template }, say) {
        const value = entryAt(template, "metadata.annotations", "karpenter.sh/do-not-disrupt");
        if (value?.flag() !== true) say.missing("has no annotation karpenter.sh/do-not-disrupt: true");
    },
});

export const cronJobRegular = podRule({
    name: "cron-job-regular",
    description: "What runs by the clock runs at set times, never beside itself, and late rather than not at all",
    severity: "medium",
    references: ["Kubescape C-0026", "openclaw promise 4"],
    remediation:
        "Set schedule, timeZone, concurrencyPolicy Forbid, startingDeadlineSeconds, and how many jobs are kept to be read.",
    url: "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/",
    kinds: ["CronJob"],
    settings: {
        minimumLatenessSeconds: z.int().min(10).default(100).describe("How late a job may still be started, at least"),
    },
    check({ props }, say, { minimumLatenessSeconds }) {
        const schedule = props.text("spec.schedule");
        if (schedule === undefined || !/^(@\w+|\S+( +\S+){4})$/.test(schedule))
            say.wrong(`has schedule ${schedule ?? "of none"}`);
        const zone = props.text("spec.timeZone");
        if (zone === undefined || !/^([A-Z]\w+\/\w+|[A-Z]+\/?[A-Z]*)$/.test(zone))
            say.missing(`has timeZone ${zone ?? "of none"}`);
        const beside = props.text("spec.concurrencyPolicy") ?? "Allow";
        if (beside !== "Forbid") say.missing(`has concurrencyPolicy ${beside}, Forbid is required`);
        const late = props.number("spec.startingDeadlineSeconds");
        if (late === undefined || late < minimumLatenessSeconds) {
            say.missing(
                `has startingDeadlineSeconds ${late ?? "of none"}, ${minimumLatenessSeconds} or more are required`,
            );
        }
        for (const field of ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"]) {
            const kept = props.number(`spec.${field}`);
            if (kept === undefined || kept < 1 || kept > 10)
                say.missing(`has ${field} ${kept ?? "of none"}, 1 to 10 is required`);
        }
        if (props.flag("spec.suspend") === true) say.wrong("is suspended");
    },
});

export const jobRules = [jobDeadline, jobRetries, jobEviction, jobSingle, jobUndisturbed, cronJobRegular];
