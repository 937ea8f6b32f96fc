import * as ec2 from "@pulumi/aws/ec2";
import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link clusterSecurityGroups}. */
export interface ClusterSecurityGroupsArgs {
    /** Value of the tag by which Karpenter and Cilium find the nodes' group. */
    readonly clusterName: string;
    readonly vpcId: pulumi.Input<string>;
    readonly vpcCidr: string;
}

export interface ClusterSecurityGroups {
    readonly controlPlane: ec2.SecurityGroup;
    /** Worn by every network interface of nodes and pods: brokers and database admit it as their client. */
    readonly nodes: ec2.SecurityGroup;
    /** A node that starts before them cannot join. */
    readonly rules: pulumi.Resource[];
}

/** Ports on which the control plane calls nodes and pods. */
const CONTROL_PLANE_TO_NODES = {
    443: "extension APIs and admission webhooks",
    9443: "admission webhooks of controllers",
    10250: "kubelet: logs, exec, metrics",
    10251: "metrics-server, as the EKS add-on runs it",
} as const;

/** Ports by which nodes and pods reach the other tiers, all inside the VPC. */
const NODES_TO_TIERS = { 5432: "database and its proxy", 9098: "brokers, IAM and TLS" } as const;

/**
 * Own groups with every rule written out. EKS makes one more, which admits whatever wears it and cannot be avoided:
 * the control plane wears it, no node does, since the launch templates name their own.
 *
 * There is no rule for DNS, time and instance metadata: AWS does not filter the VPC's own resolver (VPC + 2),
 * 169.254.169.123 and 169.254.169.254 (VPC guide, security groups).
 */
export function clusterSecurityGroups(
    name: string,
    args: ClusterSecurityGroupsArgs,
    opts: pulumi.CustomResourceOptions,
): ClusterSecurityGroups {
    const controlPlane = group("control-plane", "Kubernetes API");
    const nodes = group("nodes", "Nodes and pods", { "karpenter.sh/discovery": args.clusterName });

    const rules: pulumi.Resource[] = [
        // Nodes, pods, and a deployment runner in the VPC. Who gets an answer is decided by IAM and access entries.
        ingress("control-plane-from-vpc", controlPlane, {
            ...tcp(443),
            cidrIpv4: args.vpcCidr,
            description: "Kubernetes API from inside the VPC",
        }),
        // Cilium routes natively: what passes between pods is decided by its policies, not here.
        ingress("nodes-from-nodes", nodes, {
            ipProtocol: "-1",
            referencedSecurityGroupId: nodes.id,
            description: "Between nodes and pods",
        }),
        egress("nodes-to-nodes", nodes, {
            ipProtocol: "-1",
            referencedSecurityGroupId: nodes.id,
            description: "Between nodes and pods",
        }),
        // One rule for the API, VPC endpoints, S3 and, through NAT, registries. Agents get no further than the VPC:
        // Cilium's policies see to that, by pod and not by node.
        egress("nodes-to-https", nodes, {
            ...tcp(443),
            cidrIpv4: "0.0.0.0/0",
            description: "Kubernetes API, VPC endpoints and registries",
        }),
    ];
    for (const [port, description] of Object.entries(CONTROL_PLANE_TO_NODES)) {
        const between = { ...tcp(Number(port)), description: `Control plane to ${description}` };
        rules.push(
            egress(`control-plane-to-nodes-${port}`, controlPlane, { ...between, referencedSecurityGroupId: nodes.id }),
            ingress(`nodes-from-control-plane-${port}`, nodes, {
                ...between,
                referencedSecurityGroupId: controlPlane.id,
            }),
        );
    }
    for (const [port, tier] of Object.entries(NODES_TO_TIERS)) {
        rules.push(
            egress(`nodes-to-vpc-${port}`, nodes, {
                ...tcp(Number(port)),
                cidrIpv4: args.vpcCidr,
                description: `To the ${tier}`,
            }),
        );
    }
    return { controlPlane, nodes, rules };

    function group(suffix: string, description: string, tags: Record<string, string> = {}): ec2.SecurityGroup {
        return new ec2.SecurityGroup(
            `${name}-${suffix}`,
            { description, vpcId: args.vpcId, tags: { Name: `${args.clusterName}-${suffix}`, ...tags } },
            opts,
        );
    }

    function ingress(
        suffix: string,
        to: ec2.SecurityGroup,
        rule: Omit<vpc.SecurityGroupIngressRuleArgs, "securityGroupId">,
    ): pulumi.Resource {
        return new vpc.SecurityGroupIngressRule(`${name}-${suffix}`, { securityGroupId: to.id, ...rule }, opts);
    }

    function egress(
        suffix: string,
        from: ec2.SecurityGroup,
        rule: Omit<vpc.SecurityGroupEgressRuleArgs, "securityGroupId">,
    ): pulumi.Resource {
        return new vpc.SecurityGroupEgressRule(`${name}-${suffix}`, { securityGroupId: from.id, ...rule }, opts);
    }
}

function tcp(port: number): { ipProtocol: string; fromPort: number; toPort: number } {
    return { ipProtocol: "tcp", fromPort: port, toPort: port };
}
