import { z } from "zod";
import { CLOUDWATCH_RETENTION_DAYS, MINIMUM_DECISION_LOG_DAYS, nearestRetention } from "../components/model/retention";
import { choice, decimal, flag, group, list, text, whole } from "./fields";
import { image, OWN_VERSION } from "./image";
import { cidr, email, instanceType, ipv4Cidr, matches, zoneName } from "./leaves";
import { fleet } from "./schema-fleet";
import { load } from "./schema-load";

/*
 * The shape of a stack's configuration, value by value. Rules that join several values are in rules.ts.
 * docs/configuration.md is written from this file.
 */

const topic = (description: string, minimumHours: number) =>
    group(description, {
        partitions: whole(
            { description: "Partitions: sessions handled in parallel. Can grow, never shrink", example: 24 },
            1,
            1000,
        ),
        retentionHours: whole(
            { description: "How long messages stay on the brokers", example: 168, unit: "hours" },
            minimumHours,
            8760,
        ),
    });

export const schema = z.strictObject({
    region: text(
        {
            description: "AWS region (key aws:region)",
            example: "us-east-1",
            rule: "must be a commercial AWS region, e.g. us-east-1 (the plan knows no China or GovCloud partition)",
        },
        (value) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(value) && !/^(cn|us-gov|us-iso)/.test(value),
    ),
    account: text(
        {
            description: "AWS account to deploy to; credentials of another account are refused",
            example: "111122223333",
            rule: 'must be twelve digits in quotes, e.g. "111122223333"',
        },
        matches(/^\d{12}$/),
    ),
    owner: email("The team that answers for this environment; a tag on every resource", "agents-platform@example.com"),
    costCenter: text(
        {
            description: "Who pays; a tag on every resource",
            example: "ai-agents",
            rule: "must be 1 to 64 letters, digits, dots, dashes or underscores",
        },
        matches(/^[\w.-]{1,64}$/),
    ),
    protect: flag({
        description: "Deletion protection, final snapshots and Pulumi's protect on everything durable",
        example: true,
    }),
    network: group("The VPC", {
        cidr: cidr(
            "Range of the VPC; a change replaces everything in it",
            "10.64.0.0/16",
            "must be a private range from /16 to /20 (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10) that starts at its own boundary",
            matches(ipv4Cidr),
        ),
        zones: list(
            {
                description: "Zones of nodes and agents. Append only: a zone's place in the list decides its addresses",
                example: ["us-east-1a", "us-east-1b"],
            },
            zoneName,
            2,
            3,
        ),
        statefulZones: list(
            {
                description:
                    "Zones of control plane, brokers and database. Fixed when first deployed: AWS replaces brokers and proxy on a change",
                example: ["us-east-1a", "us-east-1b"],
            },
            zoneName,
            2,
            3,
        ),
        natGateways: choice(
            {
                description: "One NAT gateway in each zone, or a single one; each about $33 a month and $0.045 per GB",
                example: "per-zone",
            },
            ["per-zone", "single"],
        ),
    }),
    cluster: group("The Kubernetes cluster", {
        kubernetesVersion: text(
            {
                description: "Kubernetes minor version, in quotes. Upgrades go one minor version at a time, never back",
                example: "1.35",
                rule: 'must be "1.35" or "1.36", in quotes (1.34 leaves standard support on 2026-12-02)',
            },
            (value) => ["1.35", "1.36"].includes(value),
        ),
        publicAccessCidrs: list(
            {
                description: "Ranges that may reach the Kubernetes API from outside the VPC; empty closes it",
                example: ["203.0.113.0/24"],
            },
            cidr(
                "A range of addresses",
                "203.0.113.0/24",
                "must be an IPv4 range of /8 or narrower; 0.0.0.0/0 would open the API to the world",
                (value) => ipv4Cidr.test(value) && Number(value.split("/")[1]) >= 8,
            ),
            0,
            40,
        ),
        adminRoles: list(
            {
                description: "IAM roles that administer the cluster. Nobody else can, not even its creator",
                example: ["arn:aws:iam::111122223333:role/openclaw-platform-admin"],
            },
            text(
                {
                    description: "An IAM role",
                    example: "arn:aws:iam::111122223333:role/openclaw-platform-admin",
                    rule: "must be the ARN of an IAM role (not of an assumed-role session, user or root)",
                },
                matches(/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/),
            ),
            1,
            20,
        ),
        systemNodes: group("Nodes of the platform's own pods, one group in each zone", {
            instanceTypes: list(
                { description: "EC2 types of one architecture, best first", example: ["m8g.xlarge"] },
                instanceType(
                    "An EC2 type",
                    "m8g.xlarge",
                    /^[a-z]\d+[a-z]*\.(large|xlarge|\d+xlarge)$/,
                    "must be an EC2 type of size large or more, e.g. m8g.xlarge",
                ),
                1,
                5,
            ),
            minPerZone: whole({ description: "Nodes always there, in each zone", example: 2 }, 1, 20),
            maxPerZone: whole({ description: "Nodes at most, in each zone", example: 4 }, 1, 50),
            diskGiB: whole({ description: "Data volume of a node", example: 80, unit: "GiB" }, 20, 1000),
        }),
    }),
    fleet,
    load,
    brokers: group("Kafka (MSK Standard)", {
        kafkaVersion: text(
            {
                description: "Version with KRaft, which cannot be switched on later",
                example: "3.9.x.kraft",
                rule: "must be one of 3.8.x.kraft, 3.9.x.kraft, 4.0.x.kraft, 4.1.x.kraft (older ones have ended, 4.2 is for Express brokers)",
            },
            (value) => ["3.8.x.kraft", "3.9.x.kraft", "4.0.x.kraft", "4.1.x.kraft"].includes(value),
        ),
        instanceType: instanceType(
            "Broker size; a change rolls the brokers one by one. kafka.m7g.large is about $149 per broker and month",
            "kafka.m7g.large",
            /^kafka\.m[57]g?\.(large|\d*xlarge)$/,
            "must be a broker type of the families m5 or m7g, e.g. kafka.m7g.large (t3 refuses the delivery into the archive)",
        ),
        count: whole(
            { description: "Brokers; a multiple of the stateful zones. Can grow, not shrink", example: 4 },
            2,
            60,
        ),
        volumeGiB: whole(
            { description: "Storage of one broker at first. $0.10 per GiB and month", example: 250, unit: "GiB" },
            10,
            16_384,
        ),
        maxVolumeGiB: whole(
            {
                description: "Storage up to which a broker grows by itself; it never shrinks",
                example: 2000,
                unit: "GiB",
            },
            10,
            16_384,
        ),
        replicationFactor: whole(
            { description: "Copies of every message; a change replaces the topics", example: 4 },
            2,
            6,
        ),
        minInSyncReplicas: whole({ description: "Copies that must hold a message before it counts", example: 2 }, 1, 5),
        monitoring: choice({ description: "Level of broker metrics; finer levels cost more", example: "PER_BROKER" }, [
            "PER_BROKER",
            "PER_TOPIC_PER_BROKER",
            "PER_TOPIC_PER_PARTITION",
        ]),
        topics: group("Partitions and retention by topic", {
            councilDeliberation: topic("Deliberation of councils, in order within a session", 24),
            agentMessages: topic("Messages from agent to agent", 24),
            decisions: topic("Verdicts on their way to the archive and the database", 72),
            auditEvents: topic("Who did what", 72),
            deadLetters: topic("Messages that could not be handled, with the reason", 168),
        }),
    }),
    database: group("Aurora PostgreSQL", {
        tool: image({
            description:
                "Image of the database tool, built from database/Dockerfile: it applies the schema, makes the agents' roles and keeps partitions ahead. A change applies what it brings before agents change",
            repository: "111122223333.dkr.ecr.us-east-1.amazonaws.com/openclaw-database",
            tag: OWN_VERSION,
            digest: "sha256:61c23a3b5e0f8a5c4c9d6a7b70a2d5f0be4b5f7f0f2a3f4d2e0b9c8a7d6e5f41",
        }),
        engineVersion: text(
            {
                description: "Version; minor ones upgrade with a short failover, major ones need a window",
                example: "17.7",
                rule: 'must be 17.x from 17.5, or 18.x from 18.3, in quotes, e.g. "17.7" (long-term support)',
            },
            (value) => {
                const match = /^(17|18)\.(\d{1,2})$/.exec(value);
                return match !== null && Number(match[2]) >= (match[1] === "17" ? 5 : 3);
            },
        ),
        instanceClass: instanceType(
            "Size of each instance. db.r8g.xlarge is about $403 per instance and month",
            "db.r8g.xlarge",
            /^db\.r[78]g\.(large|xlarge|(2|4|8|12|16|24)xlarge)$/,
            "must be an Aurora class of the families r7g or r8g, e.g. db.r8g.large",
        ).optional(),
        serverless: group("Aurora Serverless v2 in the place of a fixed size; $0.12 per ACU-hour", {
            minAcu: decimal(
                { description: "Capacity that is always there (1 ACU is 2 GiB)", example: 0.5 },
                0.5,
                256,
                0.5,
            ),
            maxAcu: decimal({ description: "Capacity at most", example: 8 }, 1, 256, 0.5),
        }).optional(),
        instances: whole(
            { description: "Writer and readers; they alternate over the stateful zones", example: 2 },
            1,
            15,
        ),
        proxy: flag({
            description:
                "RDS Proxy: pools the connections of hundreds of agents, and shortens a failover. $0.015 per vCPU-hour",
            example: true,
        }),
        insights: choice({ description: "Database Insights; advanced keeps 465 days", example: "advanced" }, [
            "standard",
            "advanced",
        ]),
        pointInTimeRecoveryDays: whole(
            {
                description: "How far back the database can be set to any second. AWS allows at most 35",
                example: 35,
                unit: "days",
            },
            1,
            35,
        ),
    }),
    retention: group("How long things are kept", {
        decisionLogDays: whole(
            {
                description:
                    "Decision logs in the archive, locked: nobody can delete them before, not even the account's root",
                example: 400,
                unit: "days",
            },
            MINIMUM_DECISION_LOG_DAYS,
            3650,
        ),
        logDays: z
            .number({ error: retentionRule() })
            .refine((value) => CLOUDWATCH_RETENTION_DAYS.includes(value), { error: retentionRule() })
            .meta({
                description: "Operational logs in CloudWatch",
                example: 400,
                rule: retentionRule(),
                suggest: (days: unknown) => (isDays(days) ? nearestRetention(days) : 400),
            }),
        backupDays: whole(
            { description: "Snapshots of the database in the vault", example: 400, unit: "days" },
            7,
            3650,
        ),
        agentStateVersionDays: whole(
            { description: "Old versions of replicated agent state", example: 30, unit: "days" },
            1,
            365,
        ),
    }),
    recovery: group("Backups beyond point-in-time recovery", {
        vaultLock: flag({
            description: "Lock the vault in compliance mode: after a grace period nobody can shorten or delete",
            example: true,
        }),
        restoreTesting: flag({ description: "Restore a backup every week and check it", example: true }),
        copyRegion: text(
            {
                description: "Region of a second copy of every backup; absent for none",
                example: "us-west-2",
                rule: "must be an AWS region, e.g. us-west-2",
            },
            matches(/^[a-z]{2}(-[a-z]+)+-\d$/),
        ).optional(),
    }),
    operations: group("Who is told, and when", {
        alertEmails: list(
            {
                description: "Addresses that get every alarm; each must confirm once",
                example: ["agents-oncall@example.com"],
            },
            email("An address", "agents-oncall@example.com"),
            1,
            10,
        ),
        monthlyBudgetUsd: whole({ description: "Budget", example: 20_000, unit: "US dollars a month" }, 1, 10_000_000),
        turnSloSeconds: whole(
            {
                description: "A turn of an agent, model and tools included, 95th percentile",
                example: 120,
                unit: "seconds",
            },
            1,
            3600,
        ),
        latencySloMs: whole(
            { description: "Produce to consume, 99th percentile", example: 50, unit: "milliseconds" },
            5,
            50,
        ),
    }),
});

/** A number of days for which CloudWatch has a retention that is as long. */
function isDays(value: unknown): value is number {
    return typeof value === "number" && value > 0 && value <= Math.max(...CLOUDWATCH_RETENTION_DAYS);
}

function retentionRule(): string {
    return `must be a retention that CloudWatch accepts: one of ${CLOUDWATCH_RETENTION_DAYS.join(", ")} days`;
}

/** A stack's configuration after every check. */
export type Settings = z.infer<typeof schema>;
export type AgentClassSettings = Settings["fleet"]["classes"][string];
