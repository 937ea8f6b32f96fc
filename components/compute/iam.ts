import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";

/** One statement of an identity policy. Written out, never looked up, so that a plan needs no AWS account. */
export interface PolicyStatement {
    readonly Sid: string;
    readonly Effect: "Allow" | "Deny";
    readonly Action: string | readonly string[];
    readonly Resource: pulumi.Input<string> | readonly pulumi.Input<string>[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, pulumi.Input<string> | readonly string[]>>>>;
}

/** The policy document of these statements as JSON. */
export function policyDocument(statements: readonly PolicyStatement[]): pulumi.Output<string> {
    return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/**
 * The tag that says what belongs to a cluster. EKS and Karpenter set it on instances, Karpenter, the node groups'
 * template and Cilium on network interfaces, the EBS driver on volumes: so permissions end at the cluster's own things.
 */
export function ownershipTag(clusterName: string): Record<string, string> {
    return { [`kubernetes.io/cluster/${clusterName}`]: "owned" };
}

/** Arguments of {@link podIdentityRole}. */
export interface PodIdentityRoleArgs {
    readonly clusterArn: pulumi.Input<string>;
    readonly namespace: string;
    readonly serviceAccount: string;
    readonly description: string;
    /** What the pod may do, by policy. IAM counts all of a role's inline policies together: 10,240 characters at most. */
    readonly policies: Readonly<Record<string, readonly PolicyStatement[]>>;
}

/**
 * A role for one service account of one cluster, through EKS Pod Identity. The association alone would not keep another
 * cluster or service account from using the role, so the trust policy names all three.
 */
export function podIdentityRole(name: string, args: PodIdentityRoleArgs, opts: pulumi.CustomResourceOptions): iam.Role {
    const role = new iam.Role(
        name,
        {
            description: args.description,
            assumeRolePolicy: pulumi.jsonStringify({
                Version: "2012-10-17",
                Statement: [
                    {
                        Effect: "Allow",
                        Principal: { Service: "pods.eks.amazonaws.com" },
                        Action: ["sts:AssumeRole", "sts:TagSession"],
                        Condition: {
                            StringEquals: {
                                "aws:RequestTag/eks-cluster-arn": args.clusterArn,
                                "aws:RequestTag/kubernetes-namespace": args.namespace,
                                "aws:RequestTag/kubernetes-service-account": args.serviceAccount,
                            },
                        },
                    },
                ],
            }),
        },
        opts,
    );
    for (const [policy, statements] of Object.entries(args.policies)) {
        new iam.RolePolicy(`${name}-${policy}`, { role: role.name, policy: policyDocument(statements) }, opts);
    }
    return role;
}

export interface NodeRole {
    readonly role: iam.Role;
    /** Nodes that start before these cannot join. */
    readonly attachments: iam.RolePolicyAttachment[];
}

/**
 * A role for nodes: joining the cluster and pulling images, nothing else. AmazonEKS_CNI_Policy is left out, since only
 * the Cilium operator calls EC2, and AmazonSSMManagedInstanceCore, since nobody logs in to a node.
 */
export function nodeRole(name: string, opts: pulumi.CustomResourceOptions): NodeRole {
    const role = new iam.Role(
        name,
        {
            description: "Nodes: join the cluster and pull images",
            assumeRolePolicy: serviceTrust("ec2.amazonaws.com"),
        },
        opts,
    );
    const policies = { worker: "AmazonEKSWorkerNodePolicy", images: "AmazonEC2ContainerRegistryPullOnly" };
    const attachments = Object.entries(policies).map(
        ([key, policy]) =>
            new iam.RolePolicyAttachment(
                `${name}-${key}`,
                { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
                opts,
            ),
    );
    return { role, attachments };
}

/** The trust policy of a role that one AWS service takes. */
export function serviceTrust(service: string): string {
    return JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
    });
}

/** Use of a key for EBS volumes, through EC2 alone: by whoever starts instances or makes volumes. */
export function volumeKeyStatements(keyArn: pulumi.Input<string>, region: string): PolicyStatement[] {
    const viaService = { "kms:ViaService": `ec2.${region}.amazonaws.com` };
    return [
        {
            Sid: "EncryptVolumes",
            Effect: "Allow",
            Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"],
            Resource: keyArn,
            Condition: { StringEquals: viaService },
        },
        {
            // EC2 keeps a grant for as long as a volume is attached.
            Sid: "LetEc2UseTheKeyForVolumes",
            Effect: "Allow",
            Action: "kms:CreateGrant",
            Resource: keyArn,
            Condition: { StringEquals: viaService, Bool: { "kms:GrantIsForAWSResource": "true" } },
        },
    ];
}
