import { z } from "zod";
import type { Resource } from "../engine/resource";
import { resourceRule, stackRule } from "../engine/rule";
import { Buckets } from "./support/buckets";
import { inTurn, isKnown, requireForm, requireNumber, requireOneOf, requireRole } from "./support/values";

const FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream";
const TOPIC = "aws:msk/topic:Topic";
const S3 = "extendedS3Configuration";
const SOURCE = "mskSourceConfiguration";

export const decisionArchive = stackRule({
    name: "decision-archive",
    description: "Every topic of decisions is delivered to a bucket that locks what is written to it",
    severity: "critical",
    references: ["openclaw promise 5"],
    remediation:
        "Give the topic a Firehose stream with mskSourceConfiguration.topicName and an extendedS3Configuration whose bucket has Object Lock.",
    url: "https://docs.aws.amazon.com/firehose/latest/dev/writing-with-msk.html",
    types: [TOPIC],
    settings: {
        topics: z.array(z.string().min(1)).default(["decisions"]).describe("Names of the topics that are archived"),
    },
    check(stack, report, { topics }) {
        const buckets = new Buckets(stack);
        const streams = stack.ofType(FIREHOSE);
        const reads = (stream: Resource, topic: Resource, name: string) => {
            const read = () => stream.props.text(`${SOURCE}.topicName`) === name;
            const computed = stream.propertyDependencies[SOURCE]?.includes(topic.urn) ?? false;
            // What is computed from the topic is its name, also while that is not known yet.
            return computed && !isKnown(read) ? true : stack.decide(stream, read, true);
        };
        stack.each(stack.ofType(TOPIC), (topic) => {
            const name = topic.props.text("name") ?? "";
            if (!topics.includes(name)) return;
            const found = streams.filter((stream) => reads(stream, topic, name));
            if (found.length === 0) report(topic, "is delivered to no archive");
            for (const stream of found) {
                const targets = buckets.namedBy(stream, `${S3}.bucketArn`);
                if (targets.length === 0) report(stream, "delivers decisions to no bucket that is made here");
                for (const bucket of targets) {
                    if (!buckets.isLocked(bucket)) report(bucket, "holds decisions and does not lock them");
                }
            }
        });
    },
});

export const deliveryComplete = resourceRule({
    name: "delivery-complete",
    description: "Every delivery from Kafka reads over private addresses, from the first record on",
    severity: "high",
    references: ["openclaw promise 5"],
    remediation:
        "Set authenticationConfiguration to PRIVATE with a role, and readFromTimestamp to 1970-01-01T00:00:00Z: without it records from before the stream was made are left out.",
    url: "https://docs.aws.amazon.com/firehose/latest/APIReference/API_MSKSourceConfiguration.html",
    types: [FIREHOSE],
    check({ props }, report) {
        if (!props.has(SOURCE)) return;
        const source = props.get(SOURCE);
        inTurn(
            () => requireForm(source, "mskClusterArn", /^arn:aws[^:]*:kafka:/, "the ARN of a cluster", report),
            () => requireForm(source, "topicName", /./, "a topic", report),
            () => requireOneOf(source, "authenticationConfiguration.connectivity", ["PRIVATE"], report),
            () => requireRole(source, "authenticationConfiguration.roleArn", report),
            () => requireOneOf(source, "readFromTimestamp", ["1970-01-01T00:00:00Z"], report),
        );
    },
});

export const deliveryReadable = resourceRule({
    name: "delivery-readable",
    description:
        "Every delivery to S3 is there within minutes, by date, one record a line, compressed, and apart from what failed",
    severity: "medium",
    references: ["openclaw promise 5"],
    remediation:
        "Set bufferingInterval, a prefix and an errorOutputPrefix of their own, a compressionFormat, and a processor AppendDelimiterToRecord.",
    url: "https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html",
    types: [FIREHOSE],
    settings: {
        maximumSeconds: z.int().min(0).max(900).default(300).describe("Seconds that a record waits in the buffer"),
    },
    check({ props }, report, { maximumSeconds }) {
        const target = props.get(S3);
        inTurn(
            () => requireOneOf(props, "destination", ["extended_s3"], report),
            () => requireForm(target, "bucketArn", /^arn:aws[^:]*:s3:::/, "the ARN of a bucket", report),
            () => requireRole(target, "roleArn", report),
            () => requireNumber(target, "bufferingInterval", { least: 0, most: maximumSeconds }, report),
            () => requireNumber(target, "bufferingSize", { least: 1, most: 128 }, report),
            () => requireOneOf(target, "compressionFormat", ["GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"], report),
            () => requireForm(target, "prefix", /!\{timestamp:/, "a prefix by date", report),
            () =>
                requireForm(
                    target,
                    "errorOutputPrefix",
                    /!\{firehose:error-output-type\}/,
                    "a prefix by error",
                    report,
                ),
            () => {
                const processing = target.get("processingConfiguration");
                const apart = processing
                    .list("processors")
                    .filter((each) => each.text("type") === "AppendDelimiterToRecord")
                    .flatMap((each) => each.list("parameters"))
                    .some(
                        (each) => each.text("parameterName") === "Delimiter" && each.text("parameterValue") === "\\n",
                    );
                if (processing.flag("enabled") !== true || !apart)
                    report("writes records without a line's end between them");
            },
        );
    },
});

export const deliveryRules = [decisionArchive, deliveryComplete, deliveryReadable];
