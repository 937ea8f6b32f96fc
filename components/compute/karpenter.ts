import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as eks from "@pulumi/aws/eks";
import * as iam from "@pulumi/aws/iam";
import * as sqs from "@pulumi/aws/sqs";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";
import { nodeRole, podIdentityRole } from "./iam";
import { karpenterPolicies } from "./karpenter-policies";

/** Arguments of {@link KarpenterAccess}. */
export interface KarpenterAccessArgs {
    readonly platform: Platform;
    readonly clusterName: pulumi.Input<string>;
    readonly clusterArn: pulumi.Input<string>;
    /** Key for the volumes of the nodes that Karpenter starts. */
    readonly volumesKeyArn: pulumi.Input<string>;
    /** Key for the interruption queue. */
    readonly messagesKeyArn: pulumi.Input<string>;
}

/** Where Karpenter's chart must put its service account: the role is good for no other. */
export const KARPENTER_SERVICE_ACCOUNT = { namespace: "kube-system", name: "karpenter" } as const;

/** Events on which Karpenter moves pods away before a node goes. */
const INTERRUPTIONS: Record<string, { detailType: string; source?: string; detail?: Record<string, string[]> }> = {
    health: {
        source: "aws.health",
        detailType: "AWS Health Event",
        // Karpenter drops all others (its scheduledchange parser), and they are many.
        detail: { service: ["EC2"], eventTypeCategory: ["scheduledChange"] },
    },
    "spot-interruption": { detailType: "EC2 Spot Instance Interruption Warning" },
    rebalance: { detailType: "EC2 Instance Rebalance Recommendation" },
    "state-change": {
        detailType: "EC2 Instance State-change Notification",
        detail: { state: ["stopping", "stopped", "shutting-down", "terminated"] },
    },
    "capacity-reservation": { detailType: "EC2 Capacity Reservation Instance Interruption Warning" },
};

/**
 * What Karpenter needs in AWS: a role for its nodes, one for its controller, and a queue that tells it which nodes are
 * about to go. The controller itself, its node classes and pools are installed through the Kubernetes API.
 *
 * It is given an instance profile, to name in its node classes as `instanceProfile`, so that it needs no permission to
 * make one: whoever can make instance profiles can hand roles to machines.
 */
export class KarpenterAccess extends pulumi.ComponentResource {
    readonly nodeRoleName: pulumi.Output<string>;
    readonly nodeRoleArn: pulumi.Output<string>;
    readonly instanceProfileName: pulumi.Output<string>;
    readonly controllerRoleArn: pulumi.Output<string>;
    readonly interruptionQueueName: pulumi.Output<string>;

    constructor(name: string, args: KarpenterAccessArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:KarpenterAccess", name, {}, opts);

        const { role } = nodeRole(`${name}-node`, { parent: this });
        const profile = new iam.InstanceProfile(`${name}-node`, { role: role.name }, { parent: this });
        new eks.AccessEntry(
            // Managed node groups get theirs from EKS; Karpenter's nodes need this one to join.
            `${name}-node`,
            { clusterName: args.clusterName, principalArn: role.arn, type: "EC2_LINUX" },
            { parent: this },
        );
        const queue = this.createQueue(name, args);
        this.listen(name, queue);
        const controller = this.createController(name, args, role, profile, queue);

        this.nodeRoleName = role.name;
        this.nodeRoleArn = role.arn;
        this.instanceProfileName = profile.name;
        this.controllerRoleArn = controller.arn;
        this.interruptionQueueName = queue.name;
        this.registerOutputs({
            nodeRoleName: this.nodeRoleName,
            instanceProfileName: this.instanceProfileName,
            interruptionQueueName: this.interruptionQueueName,
        });
    }

    private createQueue(name: string, args: KarpenterAccessArgs): sqs.Queue {
        return new sqs.Queue(
            `${name}-interruptions`,
            {
                kmsMasterKeyId: args.messagesKeyArn,
                // A warning is two minutes ahead at most: after five it is history.
                messageRetentionSeconds: 300,
            },
            { parent: this },
        );
    }

    private listen(name: string, queue: sqs.Queue): void {
        const rules = Object.entries(INTERRUPTIONS).map(([event, { source = "aws.ec2", detailType, detail }]) => {
            const rule = new cloudwatch.EventRule(
                `${name}-${event}`,
                {
                    description: `To Karpenter: ${detailType}`,
                    eventPattern: JSON.stringify({ source: [source], "detail-type": [detailType], detail }),
                },
                { parent: this },
            );
            new cloudwatch.EventTarget(`${name}-${event}`, { rule: rule.name, arn: queue.arn }, { parent: this });
            return rule;
        });
        new sqs.QueuePolicy(
            `${name}-interruptions`,
            {
                queueUrl: queue.url,
                policy: pulumi.jsonStringify({
                    Version: "2012-10-17",
                    Statement: [
                        {
                            Sid: "TakeEventsOfTheseRules",
                            Effect: "Allow",
                            Principal: { Service: "events.amazonaws.com" },
                            Action: "sqs:SendMessage",
                            Resource: queue.arn,
                            Condition: { ArnEquals: { "aws:SourceArn": rules.map((rule) => rule.arn) } },
                        },
                        {
                            // Everyone and everything, as a refusal: nothing passes unencrypted.
                            Sid: "RefuseWithoutTls",
                            Effect: "Deny",
                            Principal: "*",
                            Action: "sqs:*",
                            Resource: queue.arn,
                            Condition: { Bool: { "aws:SecureTransport": "false" } },
                        },
                    ],
                }),
            },
            { parent: this },
        );
    }

    private createController(
        name: string,
        args: KarpenterAccessArgs,
        role: iam.Role,
        profile: iam.InstanceProfile,
        queue: sqs.Queue,
    ): iam.Role {
        const controller = podIdentityRole(
            `${name}-controller`,
            {
                clusterArn: args.clusterArn,
                namespace: KARPENTER_SERVICE_ACCOUNT.namespace,
                serviceAccount: KARPENTER_SERVICE_ACCOUNT.name,
                description: "Karpenter: starts and ends nodes of this cluster",
                policies: karpenterPolicies({
                    platform: args.platform,
                    clusterArn: args.clusterArn,
                    nodeRoleArn: role.arn,
                    instanceProfileArn: profile.arn,
                    queueArn: queue.arn,
                    messagesKeyArn: args.messagesKeyArn,
                    volumesKeyArn: args.volumesKeyArn,
                }),
            },
            { parent: this },
        );
        new eks.PodIdentityAssociation(
            `${name}-controller`,
            {
                clusterName: args.clusterName,
                namespace: KARPENTER_SERVICE_ACCOUNT.namespace,
                serviceAccount: KARPENTER_SERVICE_ACCOUNT.name,
                roleArn: controller.arn,
            },
            { parent: this },
        );
        return controller;
    }
}
