import { createHash } from "node:crypto";
import type { batch, core } from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { POOL_LABEL, SYSTEM_POOL } from "../compute/agents/spec";
import { type Image, reference } from "../compute/images";

/** The two jobs: each its service account, its role in AWS and its role in the database. */
export const MIGRATOR = { name: "migrator", user: "openclaw_migrator" } as const;
export const UPKEEP = { name: "upkeep", user: "openclaw_operator" } as const;

/** Where upkeep publishes its figures; the alarm on partitions looks there. */
export const DATABASE_METRICS = "OpenClaw/Database";
/** Folder of the archive in which the ends of the chains are kept: so the tool names them. */
export const ANCHORS_FOLDER = "anchors";

/** User of the image. */
const USER = 65_532;

/** A migration may rebuild an index of a large table; a statement of the migrator's ends after 30 minutes by itself. */
export const MIGRATION_DEADLINE_SECONDS = 3600;
const UPKEEP_DEADLINE_SECONDS = 1800;

/** Where both jobs find the database: the cluster itself. The pool is for agents: it holds sessions back that change settings. */
export interface DatabaseJobTarget {
    readonly image: Image;
    readonly region: string;
    readonly host: pulumi.Input<string>;
    readonly databaseName: string;
}

export interface MigrationArgs extends DatabaseJobTarget {
    /** The secret with the administrator's password. */
    readonly masterSecretArn: pulumi.Input<string>;
    /** Agents by class: each gets a role. */
    readonly agents: Readonly<Record<string, number>>;
}

export interface UpkeepArgs extends DatabaseJobTarget {
    /** The platform's name, by which figures are published. */
    readonly environment: string;
    readonly archiveBucket: pulumi.Input<string>;
    /** URL of the way to S3 inside the VPC. */
    readonly s3EndpointUrl: pulumi.Input<string>;
}

/** Labels of the jobs' objects and pods. */
export function databaseJobLabels(name: string) {
    return { "app.kubernetes.io/name": `openclaw-${name}`, "app.kubernetes.io/part-of": "openclaw" };
}

/**
 * Name of the migration's Job. Another image or another fleet is another name, so the Job runs again and only then; what it finds
 * done it leaves as it is.
 */
export function migrationName({ image, agents }: Pick<MigrationArgs, "image" | "agents">): string {
    const digits = createHash("sha256").update(JSON.stringify([reference(image), agentsAsText(agents)]));
    return `migrate-${digits.digest("hex").slice(0, 10)}`;
}

/** The schema first, then the agents' roles in it. */
export function migrationSpec(args: MigrationArgs): batch.v1.JobSpec {
    const environment = {
        ...connection(args, MIGRATOR.user),
        ADMIN_SECRET_ARN: args.masterSecretArn,
        AGENTS: agentsAsText(args.agents),
    };
    return jobSpec(MIGRATOR.name, MIGRATION_DEADLINE_SECONDS, {
        initContainers: [container("migrate", args.image, environment)],
        containers: [container("provision", args.image, environment)],
    });
}

/** Every hour, away from the full hour at which everything else starts. */
export function upkeepSpec(args: UpkeepArgs): batch.v1.CronJobSpec {
    const environment = {
        ...connection(args, UPKEEP.user),
        ANCHORS: pulumi.interpolate`s3://${args.archiveBucket}`,
        AWS_ENDPOINT_URL_S3: args.s3EndpointUrl,
        METRICS_NAMESPACE: DATABASE_METRICS,
        ENVIRONMENT: args.environment,
    };
    return {
        schedule: "17 * * * *",
        timeZone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        // One that could not start for half an hour is left out: the next one does its work.
        startingDeadlineSeconds: 1800,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
            metadata: { labels: databaseJobLabels(UPKEEP.name) },
            spec: jobSpec(UPKEEP.name, UPKEEP_DEADLINE_SECONDS, {
                containers: [container("upkeep", args.image, environment)],
            }),
        },
    };
}

type Environment = Readonly<Record<string, pulumi.Input<string>>>;

/** What the tool reads; where the authorities' certificates are, its image says. */
function connection({ host, databaseName, region }: DatabaseJobTarget, user: string): Environment {
    return { PGHOST: host, PGDATABASE: databaseName, PGUSER: user, DATABASE_AUTH: "iam", AWS_REGION: region };
}

/** The same text for the same fleet, in whatever order its classes are written. */
function agentsAsText(agents: MigrationArgs["agents"]): string {
    return JSON.stringify(Object.fromEntries(Object.entries(agents).sort(([one], [other]) => (one < other ? -1 : 1))));
}

type Containers = Pick<core.v1.PodSpec, "initContainers" | "containers">;

function jobSpec(name: string, deadlineSeconds: number, containers: Containers): batch.v1.JobSpec {
    return {
        // Both jobs may run twice: a failure is to be seen at once, and the next run goes on from what is there.
        backoffLimit: 0,
        activeDeadlineSeconds: deadlineSeconds,
        // A drained node is no failure: the pod starts again elsewhere.
        podFailurePolicy: {
            rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
        },
        podReplacementPolicy: "Failed",
        template: {
            metadata: {
                labels: databaseJobLabels(name),
                annotations: { "karpenter.sh/do-not-disrupt": "true" },
            },
            spec: {
                restartPolicy: "Never",
                serviceAccountName: name,
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                terminationGracePeriodSeconds: 10,
                nodeSelector: { [POOL_LABEL]: SYSTEM_POOL },
                securityContext: {
                    runAsNonRoot: true,
                    runAsUser: USER,
                    runAsGroup: USER,
                    fsGroup: USER,
                    seccompProfile: { type: "RuntimeDefault" },
                },
                ...containers,
            },
        },
    };
}

function container(command: string, image: Image, environment: Environment): core.v1.Container {
    const variables = { ...environment, NODE_OPTIONS: "--max-old-space-size=192" };
    const fixed = { memory: "256Mi", "ephemeral-storage": "64Mi" };
    return {
        name: command,
        image: reference(image),
        args: [command],
        env: Object.entries(variables).map(([name, value]) => ({ name, value })),
        resources: { requests: { cpu: "50m", ...fixed }, limits: { cpu: "500m", ...fixed } },
        securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        },
        // What the tool said last is why it failed: `kubectl describe` and `pulumi up` show it.
        terminationMessagePolicy: "FallbackToLogsOnError",
    };
}
