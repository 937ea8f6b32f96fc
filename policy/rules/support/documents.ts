import type { Resource } from "../../engine/resource";

export const ROLE = "aws:iam/role:Role";
export const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
export const POLICY = "aws:iam/policy:Policy";
export const TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy";
export const QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy";
export const BROKER_POLICY = "aws:msk/clusterPolicy:ClusterPolicy";
export const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";

/** What roles, users and groups may do. */
export const IDENTITY_POLICIES = [
    ROLE_POLICY,
    POLICY,
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
] as const;
/** Who may do what to a resource, where no other concern looks at it. */
export const RESOURCE_POLICIES = [TOPIC_POLICY, QUEUE_POLICY, BROKER_POLICY, ENDPOINT] as const;

/** Where a resource has its policy document. */
export function documentPath({ type }: Pick<Resource, "type">): string {
    return type === ROLE ? "assumeRolePolicy" : "policy";
}

/** Actions on everything of a kind in an account: `arn:aws:ec2:us-east-1:111122223333:volume/*`, or on everything. */
export function isWholeKind(resource: string): boolean {
    return resource === "*" || /^arn:[^:]*:[^:]+:[^:]*:(\d{12}|\*):[a-z-]+[/:]\*$/.test(resource);
}
