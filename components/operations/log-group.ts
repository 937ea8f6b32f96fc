import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";

/** Arguments of {@link logGroup}. */
export interface LogGroupArgs {
    /** The name that the service will write to, e.g. `/aws/eks/openclaw-prod/cluster`. A change replaces the group. */
    readonly logGroupName: pulumi.Input<string>;
    readonly platform: Platform;
    /** ARN of the key for logs. CloudWatch Logs decrypts with it on behalf of readers. */
    readonly kmsKeyArn: pulumi.Input<string>;
    /** Days to keep; default `platform.logRetentionDays`. One of the values CloudWatch accepts (365, 400, 545, ...). */
    readonly retentionDays?: number;
}

/**
 * A log group made before the service that writes to it: a group that AWS creates by itself has no key and never
 * ends. Ingestion costs about $0.50 a GB, storage about $0.03 a GB and month.
 */
export function logGroup(name: string, args: LogGroupArgs, opts: pulumi.CustomResourceOptions): cloudwatch.LogGroup {
    return new cloudwatch.LogGroup(
        name,
        {
            name: args.logGroupName,
            retentionInDays: args.retentionDays ?? args.platform.logRetentionDays,
            kmsKeyId: args.kmsKeyArn,
            deletionProtectionEnabled: args.platform.protect,
        },
        { protect: args.platform.protect, ...opts },
    );
}
