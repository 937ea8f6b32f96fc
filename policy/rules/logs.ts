import { z } from "zod";
import { nearestRetention } from "../../components/model/retention";
import { resourceRule } from "../engine/rule";

const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";

export const logGroupRetention = resourceRule({
    name: "log-group-retention",
    description: "Every log group keeps its events for a time that is set, and long enough",
    severity: "high",
    references: ["Checkov CKV_AWS_66", "Checkov CKV_AWS_338", "AWS FSBP CloudWatch.16", "openclaw promise 5"],
    remediation: "Set retentionInDays to the minimum or more. Without it events are kept for ever, and paid for ever.",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    types: [LOG_GROUP],
    settings: {
        minimumDays: z.int().min(1).default(365).describe("Days that events are kept at least"),
    },
    check({ props }, report, { minimumDays }) {
        const days = props.number("retentionInDays");
        if (days === undefined) report(`has no retentionInDays, ${minimumDays} are required`);
        else if (days < minimumDays) report(`keeps events ${days} days, ${minimumDays} are required`);
    },
    remediate({ props }, properties, { minimumDays }) {
        const days = props.number("retentionInDays");
        if (days !== undefined && days >= minimumDays) return undefined;
        return { ...properties, retentionInDays: nearestRetention(minimumDays) };
    },
});

export const logRules = [logGroupRetention];
