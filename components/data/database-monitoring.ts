import * as iam from "@pulumi/aws/iam";
import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";

/**
 * Lets RDS write what it sees of the operating system. It goes to `RDSOSMetrics`, a log group that AWS makes once an
 * account and shares between all databases, so that no single environment can own it.
 */
export function createMonitoringRole(name: string, platform: Platform, child: pulumi.CustomResourceOptions): iam.Role {
    const role = new iam.Role(
        `${name}-monitoring-role`,
        {
            description: "RDS enhanced monitoring",
            assumeRolePolicy: JSON.stringify({
                Version: "2012-10-17",
                Statement: [
                    {
                        Effect: "Allow",
                        Principal: { Service: "monitoring.rds.amazonaws.com" },
                        Action: "sts:AssumeRole",
                        Condition: { StringEquals: { "aws:SourceAccount": platform.account } },
                    },
                ],
            }),
        },
        child,
    );
    new iam.RolePolicyAttachment(
        `${name}-monitoring-permissions`,
        { role: role.name, policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole" },
        child,
    );
    return role;
}
