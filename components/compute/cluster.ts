import * as eks from "@pulumi/aws/eks";
import * as iam from "@pulumi/aws/iam";
import * as kubernetes from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { logGroup } from "../operations/log-group";
import type { Platform } from "../platform";
import { serviceTrust } from "./iam";
import { type ClusterSecurityGroups, clusterSecurityGroups } from "./security-groups";

/** Arguments of {@link Cluster}. */
export interface ClusterArgs {
    readonly platform: Platform;
    /**
     * Kubernetes minor version, e.g. `1.35`. One minor step up at a time, never down. Past the end of standard support
     * AWS upgrades by itself: the cluster never enters extended support ($0.60 an hour instead of $0.10).
     */
    readonly kubernetesVersion: string;
    /** A change replaces the cluster. */
    readonly vpcId: pulumi.Input<string>;
    /** Range of the VPC, e.g. `10.64.0.0/16`. The range of Kubernetes services is chosen so that it never overlaps. */
    readonly vpcCidr: string;
    /** Node subnets of at least two zones, in which the control plane has its network interfaces. */
    readonly controlPlaneSubnetIds: pulumi.Input<string>[];
    /**
     * Ranges outside the VPC that may reach the API, e.g. `["203.0.113.0/24"]`. Empty closes the public endpoint: then
     * whoever runs `pulumi up` must stand in the VPC, or nothing in Kubernetes can be deployed.
     */
    readonly publicAccessCidrs: readonly string[];
    /**
     * IAM roles with full access to the cluster. Nobody else has any, not even the role that created it: the role that
     * runs `pulumi up` must be among them.
     */
    readonly adminRoleArns: readonly string[];
    /** Key for Kubernetes secrets. A change replaces the cluster. */
    readonly secretsKeyArn: pulumi.Input<string>;
    readonly logsKeyArn: pulumi.Input<string>;
}

/**
 * The Kubernetes control plane ($73 a month), with no node and no network in it yet.
 *
 * A node is ready only when Cilium runs on it, Cilium's pods need nodes, and a node group waits for ready nodes. So the
 * order is: Cluster, Identities, the Cilium chart *without waiting for its pods*, SystemNodes (Cilium starts on the nodes
 * as they join, and they become ready), and last Addons, whose pods need the network.
 */
export class Cluster extends pulumi.ComponentResource {
    readonly clusterName: pulumi.Output<string>;
    readonly clusterArn: pulumi.Output<string>;
    /** URL of the API. */
    readonly endpoint: pulumi.Output<string>;
    /** The endpoint's host, as Cilium wants it when it stands in for kube-proxy. */
    readonly apiServerHost: pulumi.Output<string>;
    /** Certificate of the API's authority, base64. */
    readonly certificateAuthority: pulumi.Output<string>;
    /** Version that runs: node groups follow it. */
    readonly kubernetesVersion: pulumi.Output<string>;
    /** Range of Kubernetes services; the cluster's DNS is its tenth address. */
    readonly serviceCidr: string;
    /** Group that EKS made; no node wears it. */
    readonly clusterSecurityGroupId: pulumi.Output<string>;
    /** Group of all nodes and pods. */
    readonly nodeSecurityGroupId: pulumi.Output<string>;
    /** A kubeconfig without any secret: it asks the AWS CLI for a token at every use. */
    readonly kubeconfig: pulumi.Output<string>;
    readonly kubernetesProvider: kubernetes.Provider;

    constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:Cluster", name, {}, opts);
        const { platform } = args;
        refuseOpenEndpoint(args.publicAccessCidrs);
        this.serviceCidr = serviceCidr(args.vpcCidr);

        const { role, policy } = this.createRole(name);
        const logs = logGroup(
            `${name}-logs`,
            { logGroupName: `/aws/eks/${platform.name}/cluster`, platform, kmsKeyArn: args.logsKeyArn },
            { parent: this },
        );
        const groups = clusterSecurityGroups(
            name,
            { clusterName: platform.name, vpcId: args.vpcId, vpcCidr: args.vpcCidr },
            { parent: this },
        );
        const cluster = this.createCluster(name, args, role, groups, [logs, policy, ...groups.rules]);

        this.clusterName = cluster.name;
        this.clusterArn = cluster.arn;
        this.endpoint = cluster.endpoint;
        this.apiServerHost = cluster.endpoint.apply((url) => url.replace("https://", ""));
        this.certificateAuthority = cluster.certificateAuthority.apply(({ data }) => data ?? "");
        this.kubernetesVersion = cluster.version;
        this.clusterSecurityGroupId = cluster.vpcConfig.apply((config) => config.clusterSecurityGroupId);
        this.nodeSecurityGroupId = groups.nodes.id;

        const admins = this.admitAdministrators(name, args.adminRoleArns);
        this.kubeconfig = this.createKubeconfig(platform.region);
        this.kubernetesProvider = new kubernetes.Provider(
            `${name}-kubernetes`,
            {
                kubeconfig: this.kubeconfig,
                // Without it a changed kubeconfig would count as another cluster, and everything in it be replaced.
                clusterIdentifier: this.clusterArn,
            },
            { parent: this, dependsOn: admins },
        );
        this.registerOutputs({
            clusterName: this.clusterName,
            clusterArn: this.clusterArn,
            endpoint: this.endpoint,
            kubeconfig: this.kubeconfig,
        });
    }

    /** EKS itself holds a grant on the key for secrets, so the role needs no permission for it. */
    private createRole(name: string): { role: iam.Role; policy: pulumi.Resource } {
        const role = new iam.Role(
            `${name}-role`,
            { description: "Kubernetes control plane", assumeRolePolicy: serviceTrust("eks.amazonaws.com") },
            { parent: this },
        );
        const policy = new iam.RolePolicyAttachment(
            `${name}-role-control-plane`,
            { role: role.name, policyArn: "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy" },
            { parent: this },
        );
        return { role, policy };
    }

    private createCluster(
        name: string,
        args: ClusterArgs,
        role: iam.Role,
        groups: ClusterSecurityGroups,
        dependsOn: pulumi.Resource[],
    ): eks.Cluster {
        const { platform } = args;
        const open = args.publicAccessCidrs.length > 0;
        return new eks.Cluster(
            `${name}-eks`,
            {
                name: platform.name,
                version: args.kubernetesVersion,
                roleArn: role.arn,
                // Access by entries alone, none of them by accident of who created the cluster.
                accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
                // Cilium takes the place of aws-node and kube-proxy; CoreDNS comes as a managed add-on.
                bootstrapSelfManagedAddons: false,
                vpcConfig: {
                    subnetIds: args.controlPlaneSubnetIds,
                    securityGroupIds: [groups.controlPlane.id],
                    endpointPrivateAccess: true,
                    endpointPublicAccess: open,
                    publicAccessCidrs: open ? [...args.publicAccessCidrs] : undefined,
                },
                kubernetesNetworkConfig: { ipFamily: "ipv4", serviceIpv4Cidr: this.serviceCidr },
                encryptionConfig: { provider: { keyArn: args.secretsKeyArn }, resources: ["secrets"] },
                enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
                upgradePolicy: { supportType: "STANDARD" },
                // Lets an operator, or AWS, move traffic out of a zone that is failing.
                zonalShiftConfig: { enabled: platform.protect },
                deletionProtection: platform.protect,
            },
            { parent: this, protect: platform.protect, dependsOn },
        );
    }

    private admitAdministrators(name: string, roleArns: readonly string[]): pulumi.Resource[] {
        return roleArns.map((principalArn) => {
            const admin = `${name}-admin-${principalArn.split("/").at(-1) ?? ""}`;
            const entry = new eks.AccessEntry(
                admin,
                { clusterName: this.clusterName, principalArn, type: "STANDARD" },
                { parent: this },
            );
            return new eks.AccessPolicyAssociation(
                admin,
                {
                    clusterName: this.clusterName,
                    principalArn: entry.principalArn,
                    policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                    accessScope: { type: "cluster" },
                },
                { parent: this },
            );
        });
    }

    private createKubeconfig(region: string): pulumi.Output<string> {
        const entry = "cluster";
        return pulumi.jsonStringify({
            apiVersion: "v1",
            kind: "Config",
            "current-context": entry,
            clusters: [
                {
                    name: entry,
                    cluster: { server: this.endpoint, "certificate-authority-data": this.certificateAuthority },
                },
            ],
            contexts: [{ name: entry, context: { cluster: entry, user: entry } }],
            users: [
                {
                    name: entry,
                    user: {
                        exec: {
                            apiVersion: "client.authentication.k8s.io/v1beta1",
                            command: "aws",
                            args: ["eks", "get-token", "--region", region, "--cluster-name", this.clusterName],
                            interactiveMode: "Never",
                        },
                    },
                },
            ],
        });
    }
}

/** The last line of defence: config refuses it first, with a better message. */
function refuseOpenEndpoint(cidrs: readonly string[]): void {
    const open = cidrs.filter((cidr) => cidr.endsWith("/0"));
    if (open.length > 0) throw new Error(`The Kubernetes API must not be open to ${open.join(", ")}`);
}

/**
 * A range that the VPC cannot contain: EKS refuses an overlap. It depends on the VPC alone, since a change replaces the
 * cluster.
 */
function serviceCidr(vpcCidr: string): string {
    return vpcCidr.startsWith("172.") ? "10.100.0.0/16" : "172.20.0.0/16";
}
