import * as eks from "@pulumi/aws/eks";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { CONSUMER_GROUPS } from "../../coordination/consumer-groups";
import type { TopicKey } from "../../coordination/topics";
import type { Platform } from "../../platform";
import { type AgentClass, SERVICE_ACCOUNT, namespaceOf } from "../agents/spec";
import { type PolicyStatement, podIdentityRole, policyDocument } from "../iam";

/** Arguments of {@link ClassIdentity}. */
export interface ClassIdentityArgs {
    readonly platform: Platform;
    readonly agentClass: Pick<AgentClass, "name" | "model" | "councils">;
    readonly clusterName: pulumi.Input<string>;
    readonly clusterArn: pulumi.Input<string>;
    /** The agents' network: their state and models answer from inside it alone. */
    readonly vpcId: pulumi.Input<string>;
    readonly state: {
        readonly bucketArn: pulumi.Input<string>;
        /** ARN of the key for agents' state. */
        readonly keyArn: pulumi.Input<string>;
    };
    readonly brokers: {
        readonly clusterArn: pulumi.Input<string>;
        readonly topicArns: Readonly<Record<TopicKey, pulumi.Input<string>>>;
    };
    /**
     * Identity in IAM of what agents log in to: the pool's (`prx-...`) where there is one, else the cluster's
     * (`cluster-...`).
     */
    readonly databaseResourceId: pulumi.Input<string>;
}

/**
 * Two roles for a class, and in them each agent its own: EKS tags the session with the pod's name, and what belongs to one
 * agent is named by that tag. Roles do not grow with agents.
 *
 * The pod's role reaches state, brokers and database; EKS gives it to the containers beside the agent alone. The model's role is
 * taken on with it by the bridge, which hands it to the gateway.
 */
export class ClassIdentity extends pulumi.ComponentResource {
    readonly roleArn: pulumi.Output<string>;
    /** What an agent's own shell may do in AWS: invoke the class's model. */
    readonly modelRoleArn: pulumi.Output<string>;

    constructor(name: string, args: ClassIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:ClassIdentity", name, {}, opts);
        const { agentClass, clusterName, clusterArn } = args;
        const namespace = namespaceOf(agentClass.name);
        const role = podIdentityRole(
            `${name}-role`,
            {
                namespace,
                serviceAccount: SERVICE_ACCOUNT,
                clusterArn,
                description: `Agents of class ${agentClass.name}: own state, own database user, topics`,
                policies: Object.fromEntries(
                    PERMISSIONS.filter(({ applies }) => applies?.(agentClass) ?? true).map((permission) => [
                        permission.name,
                        permission.statements(args),
                    ]),
                ),
            },
            { parent: this },
        );
        const modelRole = this.modelRole(name, args, role);
        // No inline session policy: an association with one has no session tags, and they carry the isolation.
        const association = new eks.PodIdentityAssociation(
            `${name}-association`,
            { clusterName, namespace, serviceAccount: SERVICE_ACCOUNT, roleArn: role.arn },
            { parent: this },
        );
        // A pod that started before the association would have no credentials for as long as it lives.
        this.roleArn = pulumi.all([role.arn, association.id]).apply(([arn]) => arn);
        this.modelRoleArn = modelRole.arn;
        this.registerOutputs({ roleArn: this.roleArn, modelRoleArn: this.modelRoleArn });
    }

    /** The role for the model, and the pod's right to take it on. */
    private modelRole(name: string, args: ClassIdentityArgs, podRole: iam.Role): iam.Role {
        const { agentClass, vpcId } = args;
        const child = { parent: this };
        // The session's tags go along, for which both sides have to agree.
        const action = ["sts:AssumeRole", "sts:TagSession"];
        const role = new iam.Role(
            `${name}-model-role`,
            {
                description: `Gateways of class ${agentClass.name}: their model`,
                assumeRolePolicy: pulumi.jsonStringify({
                    Version: "2012-10-17",
                    Statement: [
                        {
                            Effect: "Allow",
                            Principal: { AWS: podRole.arn },
                            Action: action,
                            Condition: { StringEquals: from(vpcId) },
                        },
                    ],
                }),
            },
            child,
        );
        new iam.RolePolicy(
            `${name}-model-role-${MODEL_PERMISSION.name}`,
            { role: role.name, policy: policyDocument(MODEL_PERMISSION.statements(args)) },
            child,
        );
        const takeOn: PolicyStatement = {
            Sid: "TakeOnTheModelsRole",
            Effect: "Allow",
            Action: action,
            Resource: role.arn,
            Condition: { StringEquals: from(vpcId) },
        };
        new iam.RolePolicy(`${name}-role-model`, { role: podRole.name, policy: policyDocument([takeOn]) }, child);
        return role;
    }
}

/**
 * PostgreSQL users of a class's agents, as the pool's role may name them: each agent's is named like its pod. One pattern a
 * class, so that policies do not grow with agents.
 */
export function databaseUsersOf(className: string): string {
    return `${className}-*`;
}

/** One thing that an agent may do in AWS. */
export interface Permission {
    /** Name of the policy that grants it. */
    readonly name: string;
    readonly what: string;
    /** On what, in words. */
    readonly on: string;
    /** For which classes; default all. */
    readonly applies?: (agentClass: Pick<AgentClass, "councils">) => boolean;
    /** The classes of {@link applies}, in words. */
    readonly appliesTo?: string;
    readonly statements: (args: ClassIdentityArgs) => readonly PolicyStatement[];
}

const NAMESPACE_TAG = "${aws:PrincipalTag/kubernetes-namespace}";
const POD_TAG = "${aws:PrincipalTag/kubernetes-pod-name}";
/** Where an agent's state is, by its session: what `statePrefix` of agents/spec.ts says of its pod. */
const OWN_PREFIX = `${NAMESPACE_TAG}/${POD_TAG}`;

/** Topics that only who sits in a council has to do with. */
const COUNCIL_TOPICS: readonly TopicKey[] = ["councilDeliberation"];
const COMMON_TOPICS: readonly TopicKey[] = ["agentMessages", "decisions", "auditEvents", "deadLetters"];

/** Everything that the containers beside an agent may do in AWS for it, but to take on the role for its model. */
export const PERMISSIONS: readonly Permission[] = [
    {
        name: "state",
        what: "Keep its state: list, read, write and delete objects, never an older version",
        on: "the folder of its own pod in the state bucket, from inside the VPC",
        statements: stateStatements,
    },
    {
        name: "state-key",
        what: "Encrypt and decrypt its state",
        on: "the key for agents' state, through S3 alone",
        statements: ({ platform, state }) => [
            {
                Sid: "EncryptOwnState",
                Effect: "Allow",
                Action: ["kms:Decrypt", "kms:GenerateDataKey"],
                Resource: state.keyArn,
                Condition: { StringEquals: { "kms:ViaService": `s3.${platform.region}.amazonaws.com` } },
            },
        ],
    },
    {
        name: "brokers",
        what: "Connect to the brokers and write each message once",
        on: "the platform's brokers",
        statements: ({ brokers }) => [
            {
                Sid: "Connect",
                Effect: "Allow",
                Action: ["kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently"],
                Resource: brokers.clusterArn,
            },
        ],
    },
    {
        name: "topics",
        what: "Write messages; read those to agents",
        on: "write: agent-messages, decisions, audit-events, dead-letters; read: agent-messages",
        statements: (args) => topicStatements("", COMMON_TOPICS, args),
    },
    {
        name: "council-topics",
        what: "Write and read messages of councils",
        on: "council-deliberation",
        applies: ({ councils }) => councils.length > 0,
        appliesTo: "classes that sit in a council",
        statements: (args) => topicStatements("Council", COUNCIL_TOPICS, args),
    },
    {
        name: "database",
        what: "Log in to the database",
        on: "the database user named like its pod",
        statements: ({ platform, databaseResourceId }) => [
            {
                Sid: "LogInAsItself",
                Effect: "Allow",
                Action: "rds-db:connect",
                Resource: pulumi.interpolate`arn:aws:rds-db:${platform.region}:${platform.account}:dbuser:${databaseResourceId}/${POD_TAG}`,
            },
        ],
    },
];

/** What the gateway, and so the agent's shell, may do in AWS. */
export const MODEL_PERMISSION: Permission = {
    name: "model",
    what: "Invoke its model",
    on: "the class's model, from inside the VPC",
    statements: modelStatements,
};

/** Credentials that leak are worth nothing outside the agents' network. */
function from(vpcId: pulumi.Input<string>): Record<string, pulumi.Input<string>> {
    return { "aws:SourceVpc": vpcId };
}

function stateStatements({ state, vpcId }: ClassIdentityArgs): readonly PolicyStatement[] {
    const list: PolicyStatement = {
        Sid: "ListOwnState",
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: state.bucketArn,
        // With the slash: without it `analyst-1` would list what `analyst-10` has.
        Condition: { StringLike: { "s3:prefix": `${OWN_PREFIX}/*` }, StringEquals: from(vpcId) },
    };
    const keep: PolicyStatement = {
        Sid: "KeepOwnState",
        Effect: "Allow",
        Action: [
            "s3:GetObject",
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
        ],
        Resource: pulumi.interpolate`${state.bucketArn}/${OWN_PREFIX}/*`,
        Condition: { StringEquals: from(vpcId) },
    };
    return [list, keep];
}

function topicStatements(
    prefix: string,
    topics: readonly TopicKey[],
    { brokers }: ClassIdentityArgs,
): readonly PolicyStatement[] {
    const groups = CONSUMER_GROUPS.filter(({ topic }) => topics.includes(topic));
    const read = topics.filter((topic) => groups.some((each) => each.topic === topic));
    const arnsOf = (keys: readonly TopicKey[]) => keys.map((key) => brokers.topicArns[key]);
    return [
        {
            Sid: `Write${prefix}Topics`,
            Effect: "Allow",
            Action: ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"],
            Resource: arnsOf(topics),
        },
        {
            Sid: `Read${prefix}Topics`,
            Effect: "Allow",
            Action: ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"],
            Resource: arnsOf(read),
        },
        {
            Sid: `Join${prefix}Groups`,
            Effect: "Allow",
            Action: ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"],
            Resource: groups.map(({ group }) => groupArn(brokers.clusterArn, group)),
        },
    ];
}

/** `...:cluster/NAME/UUID` names a group of it as `...:group/NAME/UUID/GROUP`. */
function groupArn(clusterArn: pulumi.Input<string>, group: string): pulumi.Output<string> {
    return pulumi.output(clusterArn).apply((arn) => `${arn.replace(":cluster/", ":group/")}/${group}`);
}

/** First part of an inference profile's id that AWS defines: where its requests may be answered. */
const PROFILE_SCOPE = /^(global|us|eu|apac|jp|au|ca)\.(?=[^.]+\.)/;

function modelStatements({ platform, agentClass, vpcId }: ClassIdentityArgs): readonly PolicyStatement[] {
    const { region, account } = platform;
    const action = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
    const inside = { StringEquals: from(vpcId) };
    const model = (id: string, where: string) => `arn:aws:bedrock:${where}::foundation-model/${id}`;
    if (!PROFILE_SCOPE.test(agentClass.model)) {
        return [
            {
                Sid: "InvokeModel",
                Effect: "Allow",
                Action: action,
                Resource: model(agentClass.model, region),
                Condition: inside,
            },
        ];
    }
    const profile = `arn:aws:bedrock:${region}:${account}:inference-profile/${agentClass.model}`;
    return [
        { Sid: "InvokeProfile", Effect: "Allow", Action: action, Resource: profile, Condition: inside },
        {
            // The model in whatever region the profile sends a request to, which is AWS's choice (none for a global
            // profile); by way of the profile alone, and that has to be invoked from inside the VPC.
            Sid: "InvokeModelThroughProfile",
            Effect: "Allow",
            Action: action,
            Resource: model(agentClass.model.replace(PROFILE_SCOPE, ""), "*"),
            Condition: { StringLike: { "bedrock:InferenceProfileArn": profile } },
        },
    ];
}
