import { z } from "zod";
import { nearestRetention } from "../../components/model/retention";
import type { Resource, Stack } from "../engine/resource";
import { resourceRule, stackRule } from "../engine/rule";
import { requireCustomerKey } from "./support/values";

const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const LOG_STREAM = "aws:cloudwatch/logStream:LogStream";
const FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream";

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

export const logGroupEncryption = resourceRule({
    name: "log-group-encryption",
    description: "Every log group is encrypted with a key of our own",
    severity: "high",
    references: ["Checkov CKV_AWS_158", "Trivy AWS-0017", "openclaw promise 4"],
    remediation: "Set kmsKeyId to a customer managed key whose policy lets CloudWatch Logs use it.",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    types: [LOG_GROUP],
    check: ({ props }, report) => requireCustomerKey(props, "kmsKeyId", report),
});

/** The log groups that a service writes to, by its type: it makes those that are not there, and keeps them for ever. */
const WRITES_TO: Readonly<Record<string, (service: Resource) => readonly (string | undefined)[]>> = {
    "aws:eks/cluster:Cluster": ({ props }) =>
        props.texts("enabledClusterLogTypes").length === 0 ? [] : [path`/aws/eks/${props.text("name")}/cluster`],
    "aws:eks/addon:Addon": ({ props }) =>
        props.text("addonName") !== "amazon-cloudwatch-observability"
            ? []
            : ["application", "dataplane", "host", "performance"].map(
                  (kind) => path`/aws/containerinsights/${props.text("clusterName")}/${kind}`,
              ),
    "aws:rds/cluster:Cluster": ({ props }) =>
        props
            .texts("enabledCloudwatchLogsExports")
            .map((kind) => path`/aws/rds/cluster/${props.text("clusterIdentifier")}/${kind}`),
    "aws:rds/instance:Instance": ({ props }) =>
        props
            .texts("enabledCloudwatchLogsExports")
            .map((kind) => path`/aws/rds/instance/${props.text("identifier")}/${kind}`),
    "aws:rds/proxy:Proxy": ({ props }) => [path`/aws/rds/proxy/${props.text("name")}`],
    "aws:msk/cluster:Cluster": ({ props }) => {
        const logs = props.get("loggingInfo.brokerLogs.cloudwatchLogs");
        return logs.flag("enabled") === true ? [logs.text("logGroup")] : [];
    },
    [FIREHOSE]: ({ props }) => {
        const logs = props.get("extendedS3Configuration.cloudwatchLoggingOptions");
        return logs.flag("enabled") === true ? [logs.text("logGroupName")] : [];
    },
    "aws:ec2/flowLog:FlowLog": ({ props }) =>
        props.text("logDestinationType") !== "cloud-watch-logs"
            ? []
            : [/:log-group:([^:]+)/.exec(props.text("logDestination") ?? "")?.[1]],
};

/** A name made of parts; undefined where one is missing. */
function path(texts: TemplateStringsArray, ...parts: readonly (string | undefined)[]): string | undefined {
    return parts.includes(undefined) ? undefined : String.raw(texts, ...parts);
}

export const logGroupMadeBefore = stackRule({
    name: "log-group-made-before",
    description: "Every service that writes logs finds its log group made, with its retention and its key",
    severity: "high",
    references: ["openclaw promise 5"],
    remediation:
        "Make a LogGroup with the name that the service writes to, and give the service a name, so that it is known. " +
        "A group that the service makes itself has no retention and no key.",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html",
    types: Object.keys(WRITES_TO),
    check(stack, report) {
        const made = told(stack, LOG_GROUP, ({ props }) => props.text("name"));
        for (const [type, groupsOf] of Object.entries(WRITES_TO)) {
            stack.each(stack.ofType(type), (service) => {
                for (const group of groupsOf(service)) {
                    if (group === undefined) report(service, "writes to a log group whose name is not known");
                    else if (made.lacks(group)) report(service, `writes to ${group}, which is not made here`);
                }
            });
        }
    },
});

export const deliveryErrorsLogged = stackRule({
    name: "delivery-errors-logged",
    description: "Every Firehose stream writes what it could not deliver to a log stream that exists",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation: "Set cloudwatchLoggingOptions with a log group and a log stream that is made here.",
    url: "https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html",
    types: [FIREHOSE],
    check(stack, report) {
        const streams = told(stack, LOG_STREAM, ({ props }) => `${props.text("logGroupName")} ${props.text("name")}`);
        stack.each(stack.ofType(FIREHOSE), (firehose) => {
            const logs = firehose.props.get("extendedS3Configuration.cloudwatchLoggingOptions");
            const [group, stream] = [logs.text("logGroupName"), logs.text("logStreamName")];
            if (logs.flag("enabled") !== true) report(firehose, "logs no delivery errors");
            else if (streams.lacks(`${group} ${stream}`)) {
                report(
                    firehose,
                    `logs delivery errors to ${group ?? "no group"}, ${stream ?? "no stream"}: not made here`,
                );
            }
        });
    },
});

/** What resources of a type are called. While one of them is not known yet, nothing can be said to be lacking. */
function told(stack: Stack, type: string, read: (resource: Resource) => string | undefined) {
    const names = stack.ofType(type).map((each) => stack.decide(each, () => ({ name: read(each) }), undefined));
    const known = new Set(names.flatMap((each) => each?.name ?? []));
    return { lacks: (name: string) => !known.has(name) && !names.includes(undefined) };
}

export const logRules = [logGroupRetention, logGroupEncryption, logGroupMadeBefore, deliveryErrorsLogged];
