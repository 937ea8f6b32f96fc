import * as ec2 from "@pulumi/aws/ec2";
import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";

/** The database's security group: PostgreSQL from the clients alone, and no way out. */
export function createAccess(
    name: string,
    args: { readonly vpcId: pulumi.Input<string>; readonly clientSecurityGroupId: pulumi.Input<string> },
    child: pulumi.CustomResourceOptions,
): ec2.SecurityGroup {
    const database = new ec2.SecurityGroup(
        `${name}-access`,
        { description: "Database: PostgreSQL from nodes and the pool", vpcId: args.vpcId },
        child,
    );
    new vpc.SecurityGroupIngressRule(
        `${name}-access-from-nodes`,
        {
            description: "PostgreSQL from nodes",
            securityGroupId: database.id,
            referencedSecurityGroupId: args.clientSecurityGroupId,
            ipProtocol: "tcp",
            fromPort: 5432,
            toPort: 5432,
        },
        child,
    );
    return database;
}
