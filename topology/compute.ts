import { Addons } from "../components/compute/addons";
import { AgentNodes } from "../components/compute/agent-nodes";
import { Cilium } from "../components/compute/cilium";
import { Cluster } from "../components/compute/cluster";
import { Identities } from "../components/compute/identities";
import { KarpenterAccess } from "../components/compute/karpenter";
import { SystemNodes } from "../components/compute/system-nodes";
import { headroomOf } from "../settings/fleet";
import type { Context } from "./context";
import type { Foundation } from "./foundation";

/** Tier 1: the cluster, its network and its nodes. The agents come when the other tiers are there. */
export function createCompute({ config, platform, opts }: Context, { keys, network }: Foundation) {
    const { vpcId, subnets } = network;
    const stateful = subnets.nodes.filter(({ zone }) => config.network.statefulZones.includes(zone));
    const cluster = new Cluster(
        "cluster",
        {
            platform,
            kubernetesVersion: config.cluster.kubernetesVersion,
            vpcId,
            vpcCidr: config.network.cidr,
            controlPlaneSubnetIds: stateful.map(({ id }) => id),
            publicAccessCidrs: config.cluster.publicAccessCidrs,
            adminRoleArns: config.cluster.adminRoles,
            secretsKeyArn: keys.cluster,
            logsKeyArn: keys.logs,
        },
        opts,
    );
    const { clusterName, clusterArn, nodeSecurityGroupId } = cluster;
    const identities = new Identities(
        "identities",
        { platform, clusterName, clusterArn, volumesKeyArn: keys.volumes },
        opts,
    );
    // From here on objects of Kubernetes too. The network comes before the first node, which without it is never ready.
    const inCluster = { providers: [...opts.providers, cluster.kubernetesProvider] };
    const cilium = new Cilium(
        "cilium",
        { platform, apiServerHost: cluster.apiServerHost, eniTags: identities.eniTags },
        { ...inCluster, dependsOn: identities },
    );
    const systemNodes = new SystemNodes(
        "system-nodes",
        {
            platform,
            clusterName,
            kubernetesVersion: cluster.kubernetesVersion,
            subnets: subnets.nodes,
            securityGroupId: nodeSecurityGroupId,
            volumesKeyArn: keys.volumes,
            ...config.cluster.systemNodes,
        },
        { ...opts, dependsOn: cilium },
    );
    const addons = new Addons(
        "addons",
        {
            platform,
            clusterName,
            logsKeyArn: keys.logs,
            ebsDriverRoleArn: identities.ebsDriverRoleArn,
            observabilityRoleArn: identities.observabilityRoleArn,
        },
        { ...opts, dependsOn: systemNodes },
    );
    const karpenter = new KarpenterAccess(
        "karpenter",
        { platform, clusterName, clusterArn, volumesKeyArn: keys.volumes, messagesKeyArn: keys.messages },
        opts,
    );
    const agentNodes = new AgentNodes(
        "agent-nodes",
        {
            platform,
            clusterName,
            access: karpenter,
            securityGroupId: nodeSecurityGroupId,
            volumesKeyArn: keys.volumes,
            zones: config.network.zones,
            headroom: headroomOf(config),
            instanceTypes: config.fleet.nodes.instanceTypes,
            maxPods: config.fleet.nodes.maxPods,
            diskGiB: config.fleet.nodes.diskGiB,
        },
        { ...inCluster, dependsOn: [addons, karpenter] },
    );
    return { cluster, inCluster, addons, karpenter, agentNodes };
}

export type Compute = ReturnType<typeof createCompute>;
