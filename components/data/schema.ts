import * as batch from "@pulumi/kubernetes/batch/v1";
import * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement } from "../compute/iam";
import type { Image } from "../compute/images";
import type { Platform } from "../platform";
import {
    ANCHORS_FOLDER,
    DATABASE_METRICS,
    MIGRATION_DEADLINE_SECONDS,
    MIGRATOR,
    UPKEEP,
    databaseJobLabels,
    migrationName,
    migrationSpec,
    upkeepSpec,
} from "./database-jobs";
import { JobIdentity } from "./job-identity";

/** Arguments of {@link Schema}. */
export interface SchemaArgs {
    readonly platform: Platform;
    /** The database tool. A change applies the migrations that it brings. */
    readonly image: Image;
    readonly clusterName: pulumi.Input<string>;
    readonly clusterArn: pulumi.Input<string>;
    /** Password and archive answer from inside this network alone. */
    readonly vpcId: pulumi.Input<string>;
    /** `dataNamespace` of PlatformIsolation. */
    readonly namespace: pulumi.Input<string>;
    /** Agents by class. A change makes roles for new ones, and takes the log-in from those that are no more. */
    readonly agents: Readonly<Record<string, number>>;
    readonly database: {
        /** The cluster's own endpoint. */
        readonly host: pulumi.Input<string>;
        readonly name: string;
        /** Identity of the cluster in IAM, `cluster-...`. */
        readonly resourceId: pulumi.Input<string>;
        /** The secret with the administrator's password, made and rotated by AWS. */
        readonly masterSecretArn: pulumi.Input<string | undefined>;
        /** ARN of the key of that secret. */
        readonly keyArn: pulumi.Input<string>;
        /** All of the database: its instances answer before anything is asked of them. */
        readonly resource: pulumi.Resource;
    };
    readonly archive: {
        readonly bucketName: pulumi.Input<string>;
        readonly bucketArn: pulumi.Input<string>;
        readonly keyArn: pulumi.Input<string>;
    };
    /** URL of the way to S3 inside the VPC. */
    readonly s3EndpointUrl: pulumi.Input<string>;
}

/**
 * What is inside the database: a Job that brings the schema and the agents' roles up to date with each deployment, and one that
 * every hour makes partitions ahead, removes expired memories and anchors the chains in the archive. Agents come after it: without
 * their roles they cannot log in.
 *
 * An agent that a smaller class leaves out loses its log-in here, seconds before its pod goes: connections that it has stay, and
 * what it has not written by then waits in its state.
 */
export class Schema extends pulumi.ComponentResource {
    constructor(name: string, args: SchemaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:data:Schema", name, {}, opts);
        const { platform, image, namespace, database, archive } = args;
        const child = { parent: this };
        const masterSecretArn = pulumi.output(database.masterSecretArn).apply((arn) => {
            if (arn === undefined)
                throw new Error(`${name}: the database has no secret with its administrator's password`);
            return arn;
        });
        const target = { image, region: platform.region, host: database.host, databaseName: database.name };

        const identity = { clusterName: args.clusterName, clusterArn: args.clusterArn, namespace };
        const migrator = new JobIdentity(
            `${name}-${MIGRATOR.name}`,
            {
                ...identity,
                account: MIGRATOR.name,
                description: "Migrator: log in to the database, and its administrator's password",
                policies: {
                    database: [logIn(args, MIGRATOR.user)],
                    password: passwordStatements(args, masterSecretArn),
                },
            },
            child,
        );
        const keeper = new JobIdentity(
            `${name}-${UPKEEP.name}`,
            {
                ...identity,
                account: UPKEEP.name,
                description: "Upkeep: log in to the database, anchors to the archive, figures to CloudWatch",
                policies: {
                    database: [logIn(args, UPKEEP.user)],
                    anchors: anchorStatements(args),
                    metrics: [METRICS],
                },
            },
            child,
        );

        const metadata = (object: string) => ({ namespace, labels: databaseJobLabels(object) });
        const seconds = `${MIGRATION_DEADLINE_SECONDS + 60}s`;
        const migration = new batch.Job(
            `${name}-migrate`,
            {
                metadata: {
                    ...metadata(MIGRATOR.name),
                    name: migrationName(args),
                    // One that has failed runs again with the next update, once what stopped it is put right.
                    annotations: { "pulumi.com/replaceUnready": "true" },
                },
                spec: migrationSpec({ ...target, masterSecretArn, agents: args.agents }),
            },
            {
                ...child,
                dependsOn: [migrator, database.resource],
                // The Job ends itself first, and says why.
                customTimeouts: { create: seconds, update: seconds },
                // Going back to an earlier fleet makes a Job of an earlier name: it has to run anew, not to be found done.
                deleteBeforeReplace: true,
            },
        );
        new batch.CronJob(
            `${name}-upkeep`,
            {
                metadata: { ...metadata(UPKEEP.name), name: UPKEEP.name },
                spec: upkeepSpec({
                    ...target,
                    environment: platform.name,
                    archiveBucket: archive.bucketName,
                    s3EndpointUrl: args.s3EndpointUrl,
                }),
            },
            // Its role in the database is made by the migration.
            { ...child, dependsOn: [keeper, migration] },
        );
        this.registerOutputs({});
    }
}

function logIn({ platform, database }: SchemaArgs, user: string): PolicyStatement {
    return {
        Sid: "LogIn",
        Effect: "Allow",
        Action: "rds-db:connect",
        Resource: pulumi.interpolate`arn:aws:rds-db:${platform.region}:${platform.account}:dbuser:${database.resourceId}/${user}`,
    };
}

/** One secret, and its key by way of it alone. */
function passwordStatements(
    { platform, database, vpcId }: SchemaArgs,
    masterSecretArn: pulumi.Output<string>,
): PolicyStatement[] {
    return [
        {
            Sid: "ReadAdministratorsPassword",
            Effect: "Allow",
            Action: "secretsmanager:GetSecretValue",
            Resource: masterSecretArn,
            Condition: { StringEquals: { "aws:SourceVpc": vpcId } },
        },
        {
            Sid: "DecryptAdministratorsPassword",
            Effect: "Allow",
            Action: "kms:Decrypt",
            Resource: database.keyArn,
            Condition: {
                StringEquals: {
                    "kms:ViaService": `secretsmanager.${platform.region}.amazonaws.com`,
                    // https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
                    "kms:EncryptionContext:SecretARN": masterSecretArn,
                },
            },
        },
    ];
}

/** Adding, never reading or deleting; the bucket's own retention locks what is added. */
function anchorStatements({ platform, archive, vpcId }: SchemaArgs): PolicyStatement[] {
    return [
        {
            Sid: "AddAnchors",
            Effect: "Allow",
            Action: "s3:PutObject",
            Resource: pulumi.interpolate`${archive.bucketArn}/${ANCHORS_FOLDER}/*`,
            Condition: { StringEquals: { "aws:SourceVpc": vpcId } },
        },
        {
            Sid: "EncryptAnchors",
            Effect: "Allow",
            Action: "kms:GenerateDataKey",
            Resource: archive.keyArn,
            Condition: { StringEquals: { "kms:ViaService": `s3.${platform.region}.amazonaws.com` } },
        },
    ];
}

/** PutMetricData has no resource level. */
const METRICS: PolicyStatement = {
    Sid: "PublishFigures",
    Effect: "Allow",
    Action: "cloudwatch:PutMetricData",
    Resource: "*",
    Condition: { StringEquals: { "cloudwatch:namespace": DATABASE_METRICS } },
};
