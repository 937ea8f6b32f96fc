import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { logGroup } from "../operations/log-group";
import type { Platform } from "../platform";

/** Arguments of {@link createFlowLogs}. */
export interface FlowLogsArgs {
    readonly platform: Platform;
    readonly vpcId: pulumi.Input<string>;
    /** ARN of the key for logs. */
    readonly logsKeyArn: pulumi.Input<string>;
}

/**
 * Logs who spoke to whom in the VPC, accepted and refused, for `platform.logRetentionDays`: about $0.50 per GB. A change
 * replaces the flow log, but not what it has written.
 */
export function createFlowLogs(name: string, args: FlowLogsArgs, opts: pulumi.CustomResourceOptions): void {
    const { platform } = args;
    const group = logGroup(
        name,
        { logGroupName: `/${platform.name}/vpc/flow-logs`, platform, kmsKeyArn: args.logsKeyArn },
        opts,
    );
    const role = new iam.Role(
        `${name}-role`,
        {
            description: `Writes the flow logs of ${platform.name}`,
            assumeRolePolicy: JSON.stringify(onlyFlowLogsOf(platform)),
        },
        opts,
    );
    const policy = new iam.RolePolicy(
        `${name}-policy`,
        { role: role.name, policy: pulumi.jsonStringify(writeTo(group.arn, platform)) },
        opts,
    );
    new ec2.FlowLog(
        `${name}-vpc`,
        {
            vpcId: args.vpcId,
            trafficType: "ALL",
            // The longer interval writes far fewer lines; who spoke to whom is in them either way.
            maxAggregationInterval: 600,
            logDestinationType: "cloud-watch-logs",
            logDestination: group.arn,
            iamRoleArn: role.arn,
            tags: { Name: `${platform.name}-vpc` },
        },
        { ...opts, dependsOn: [policy] },
    );
}

function onlyFlowLogsOf(platform: Platform) {
    return {
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Principal: { Service: "vpc-flow-logs.amazonaws.com" },
                Action: "sts:AssumeRole",
                Condition: {
                    StringEquals: { "aws:SourceAccount": platform.account },
                    ArnLike: {
                        "aws:SourceArn": `arn:aws:ec2:${platform.region}:${platform.account}:vpc-flow-log/*`,
                    },
                },
            },
        ],
    };
}

/** Without `logs:CreateLogGroup`: the group is ours, and AWS must not make another without key and end. */
function writeTo(groupArn: pulumi.Output<string>, platform: Platform) {
    return {
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                Resource: [groupArn, pulumi.interpolate`${groupArn}:*`],
            },
            {
                // The service looks for its group among all groups.
                Effect: "Allow",
                Action: "logs:DescribeLogGroups",
                Resource: `arn:aws:logs:${platform.region}:${platform.account}:log-group:*`,
            },
        ],
    };
}
