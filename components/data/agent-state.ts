import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";
import { abortUnfinishedUploads, privateBucket } from "./bucket";

/** Arguments of {@link AgentState}. */
export interface AgentStateArgs {
    readonly platform: Platform;
    /** ARN of the key for agents' state. */
    readonly kmsKeyArn: pulumi.Input<string>;
    /** Name of the bucket that S3 records requests in. */
    readonly accessLogBucket: pulumi.Input<string>;
    /**
     * Days for which what an agent's replica overwrote or deleted can be had back: how long a damaged or hostile agent
     * may go unnoticed. About $0.023 a GB and month for what changed in that time.
     */
    readonly noncurrentDays: number;
}

/**
 * Where each agent's databases and files are replicated while it works, one folder an agent, and where it starts from
 * when its volume is gone: a new pod, another zone.
 */
export class AgentState extends pulumi.ComponentResource {
    readonly bucketName: pulumi.Output<string>;
    readonly bucketArn: pulumi.Output<string>;

    constructor(name: string, args: AgentStateArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:data:AgentState", name, {}, opts);
        const { bucket } = privateBucket(
            name,
            {
                platform: args.platform,
                kmsKeyArn: args.kmsKeyArn,
                lifecycleRules: [abortUnfinishedUploads, forgetOldVersions(args.noncurrentDays)],
                statements: (bucketArn) => (args.platform.protect ? [historyStays(bucketArn)] : []),
                accessLog: { bucket: args.accessLogBucket, prefix: "state/" },
            },
            { parent: this },
        );
        this.bucketName = bucket.bucket;
        this.bucketArn = bucket.arn;
        this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn });
    }
}

/** The replicator compacts and deletes its own files all day, so old versions are many and soon worthless. */
function forgetOldVersions(noncurrentDays: number) {
    return {
        id: "forget-old-versions",
        status: "Enabled",
        filter: { prefix: "" },
        expiration: { expiredObjectDeleteMarker: true },
        noncurrentVersionExpiration: { noncurrentDays },
    };
}

/** A replicator deletes objects, which leaves their versions. Versions go by lifecycle alone, whatever a role allows. */
function historyStays(bucketArn: pulumi.Output<string>) {
    return {
        Sid: "HistoryStays",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:DeleteObjectVersion",
        Resource: pulumi.interpolate`${bucketArn}/*`,
    };
}
