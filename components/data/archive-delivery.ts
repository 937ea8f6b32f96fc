import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as iam from "@pulumi/aws/iam";
import * as kinesis from "@pulumi/aws/kinesis";
import * as pulumi from "@pulumi/pulumi";
import { logGroup } from "../operations/log-group";
import type { Platform } from "../platform";

/** Arguments of {@link ArchiveDelivery}; what they mean stands with the archive that passes them on. */
export interface ArchiveDeliveryArgs {
    readonly platform: Platform;
    readonly bucketArn: pulumi.Input<string>;
    readonly kmsKeyArn: pulumi.Input<string>;
    readonly logsKeyArn: pulumi.Input<string>;
    readonly brokers: pulumi.Resource;
    readonly brokersClusterArn: pulumi.Input<string>;
    readonly topicName: pulumi.Input<string>;
}

/**
 * Firehose, which reads the decisions topic and writes compressed files of lines, by day: nobody's code to keep
 * running. About $0.055 a GB. Deliveries are at least once, so a reader removes duplicates by the record's id.
 */
export class ArchiveDelivery extends pulumi.ComponentResource {
    readonly deliveryStreamName: pulumi.Output<string>;

    constructor(name: string, args: ArchiveDeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:data:ArchiveDelivery", name, {}, opts);
        const child = { parent: this };
        const streamName = `${args.platform.name}-decisions`;

        const errors = createErrorLog();
        const role = createRole();
        const permissions = grantPermissions();
        const stream = createStream();

        this.deliveryStreamName = stream.name;
        this.registerOutputs({ deliveryStreamName: this.deliveryStreamName });

        function createErrorLog(): cloudwatch.LogStream {
            const group = logGroup(
                `${name}-logs`,
                {
                    logGroupName: `/aws/kinesisfirehose/${streamName}`,
                    platform: args.platform,
                    kmsKeyArn: args.logsKeyArn,
                },
                child,
            );
            return new cloudwatch.LogStream(
                `${name}-errors`,
                { logGroupName: group.name, name: "DestinationDelivery" },
                child,
            );
        }

        function createRole(): iam.Role {
            return new iam.Role(
                `${name}-role`,
                {
                    description: "Firehose: decisions topic to decision archive",
                    assumeRolePolicy: JSON.stringify({
                        Version: "2012-10-17",
                        Statement: [
                            {
                                Effect: "Allow",
                                Principal: { Service: "firehose.amazonaws.com" },
                                Action: "sts:AssumeRole",
                            },
                        ],
                    }),
                },
                child,
            );
        }

        function grantPermissions(): iam.RolePolicy {
            return new iam.RolePolicy(
                `${name}-permissions`,
                {
                    role: role.name,
                    policy: pulumi.jsonStringify({
                        Version: "2012-10-17",
                        Statement: [
                            ...readTopic(args.brokersClusterArn, args.topicName),
                            ...writeBucket(args.bucketArn, args.kmsKeyArn, args.platform),
                            {
                                Sid: "ReportErrors",
                                Effect: "Allow",
                                Action: "logs:PutLogEvents",
                                Resource: errors.arn,
                            },
                        ],
                    }),
                },
                child,
            );
        }

        function createStream(): kinesis.FirehoseDeliveryStream {
            return new kinesis.FirehoseDeliveryStream(
                `${name}-stream`,
                {
                    name: streamName,
                    destination: "extended_s3",
                    // No `serverSideEncryption`: it is for data put into the stream; from Kafka nothing is stored in it.
                    mskSourceConfiguration: {
                        mskClusterArn: args.brokersClusterArn,
                        topicName: args.topicName,
                        // From the topic's first record: by default those written before the stream is active are lost.
                        readFromTimestamp: "1970-01-01T00:00:00Z",
                        authenticationConfiguration: { connectivity: "PRIVATE", roleArn: role.arn },
                    },
                    extendedS3Configuration: {
                        roleArn: role.arn,
                        bucketArn: args.bucketArn,
                        kmsKeyArn: args.kmsKeyArn,
                        // A decision is under lock a minute after it was taken; files are small, and there are few.
                        bufferingInterval: 60,
                        bufferingSize: 64,
                        compressionFormat: "GZIP",
                        fileExtension: ".jsonl.gz",
                        customTimeZone: "UTC",
                        prefix: `decisions/${byDay}`,
                        errorOutputPrefix: `undelivered/!{firehose:error-output-type}/${byDay}`,
                        processingConfiguration: {
                            enabled: true,
                            // Firehose joins records without anything between them.
                            processors: [
                                {
                                    type: "AppendDelimiterToRecord",
                                    parameters: [{ parameterName: "Delimiter", parameterValue: "\\n" }],
                                },
                            ],
                        },
                        cloudwatchLoggingOptions: {
                            enabled: true,
                            logGroupName: errors.logGroupName,
                            logStreamName: errors.name,
                        },
                    },
                },
                // Firehose tries the role when the stream is made.
                { ...child, dependsOn: [permissions, args.brokers] },
            );
        }
    }
}

/** Folders as Athena, Glue and Spark read them: a query for one day opens that day's files alone. */
const byDay = "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/";

/** What Firehose does to read one topic; it joins a consumer group whose name it chooses. */
function readTopic(clusterArn: pulumi.Input<string>, topicName: pulumi.Input<string>) {
    const within = (kind: string) => pulumi.output(clusterArn).apply((arn) => arn.replace(":cluster/", `:${kind}/`));
    return [
        {
            Sid: "FindBrokers",
            Effect: "Allow",
            Action: [
                "kafka:GetBootstrapBrokers",
                "kafka:DescribeCluster",
                "kafka:DescribeClusterV2",
                "kafka-cluster:Connect",
            ],
            Resource: clusterArn,
        },
        {
            Sid: "ReadDecisions",
            Effect: "Allow",
            Action: [
                "kafka-cluster:DescribeTopic",
                "kafka-cluster:DescribeTopicDynamicConfiguration",
                "kafka-cluster:ReadData",
            ],
            Resource: pulumi.interpolate`${within("topic")}/${topicName}`,
        },
        {
            Sid: "KeepPosition",
            Effect: "Allow",
            Action: "kafka-cluster:DescribeGroup",
            Resource: pulumi.interpolate`${within("group")}/*`,
        },
    ];
}

/** Writing alone: this role cannot read a decision back, and has no word in locks. */
function writeBucket(bucketArn: pulumi.Input<string>, kmsKeyArn: pulumi.Input<string>, platform: Platform) {
    return [
        {
            Sid: "FindBucket",
            Effect: "Allow",
            Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            Resource: bucketArn,
        },
        {
            Sid: "WriteDecisions",
            Effect: "Allow",
            Action: ["s3:AbortMultipartUpload", "s3:PutObject"],
            Resource: pulumi.interpolate`${bucketArn}/*`,
        },
        {
            Sid: "EncryptDecisions",
            Effect: "Allow",
            // An upload in parts decrypts the data key that its first part was written with.
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: kmsKeyArn,
            Condition: { StringEquals: { "kms:ViaService": `s3.${platform.region}.amazonaws.com` } },
        },
    ];
}
