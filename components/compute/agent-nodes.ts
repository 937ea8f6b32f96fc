import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import type { HeadroomPlan } from "../model/headroom";
import type { Platform } from "../platform";
import { AGENT_NODES, ec2NodeClassSpec, karpenterValues, nodePoolSpec } from "./agent-node-specs";
import { Headroom } from "./headroom";
import { KARPENTER_SERVICE_ACCOUNT } from "./karpenter";

/** Arguments of {@link AgentNodes}. */
export interface AgentNodesArgs {
    readonly platform: Platform;
    readonly clusterName: pulumi.Input<string>;
    /** What Karpenter was given in AWS: the outputs of `KarpenterAccess`. */
    readonly access: {
        readonly instanceProfileName: pulumi.Input<string>;
        readonly interruptionQueueName: pulumi.Input<string>;
    };
    readonly securityGroupId: pulumi.Input<string>;
    /** Key for the nodes' volumes. */
    readonly volumesKeyArn: pulumi.Input<string>;
    /** Zones that nodes may stand in. One may be appended at any time. */
    readonly zones: readonly string[];
    /** EC2 types, e.g. `["r8g.2xlarge"]` ($344 a month each). Karpenter takes the cheapest that fits. */
    readonly instanceTypes: readonly string[];
    /** Pods on one node at most, daemons included. */
    readonly maxPods: number;
    /** Data volume of a node, for images, logs and agents' scratch space, in GiB ($0.08 a month each). */
    readonly diskGiB: number;
    /** How far the fleet may grow, and what stands ready for the loss of a zone. */
    readonly headroom: HeadroomPlan;
}

/** Newest that runs with Kubernetes 1.35 and 1.36 (1.36 needs 1.13). Its CRDs are those that the specs are written in. */
export const KARPENTER_VERSION = "1.15.0";

/** The fleet's nodes are this program's to say: what was changed by hand is put right, and not reported as a conflict. */
const OURS = { "pulumi.com/patchForce": "true" };

/**
 * Nodes for agents: Karpenter launches them as agents ask for room, in the zone they ask for, and takes them away when
 * the last agent has gone.
 *
 * To be created after SystemNodes, on which Karpenter runs, and Addons.
 */
export class AgentNodes extends pulumi.ComponentResource {
    /** Of the pool and its node class, and the value of `karpenter.sh/nodepool` on every node. */
    readonly nodePoolName = AGENT_NODES;

    constructor(name: string, args: AgentNodesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:AgentNodes", name, {}, opts);
        const definitions = this.installDefinitions(name, args.platform);
        const controller = this.installController(name, args, definitions);
        const nodeClass = this.createNodeClass(name, args, controller);
        const pool = this.createPool(name, args, nodeClass);
        const { sparePerZone: nodesPerZone, placeholder } = args.headroom;
        new Headroom(
            `${name}-headroom`,
            { zones: args.zones, nodesPerZone, placeholder },
            { parent: this, dependsOn: pool },
        );
        this.registerOutputs({ nodePoolName: this.nodePoolName });
    }

    /** A chart of their own: Helm never updates the definitions that come along with another chart. */
    private installDefinitions(name: string, { protect }: Platform): Release {
        return new Release(
            `${name}-definitions`,
            {
                name: "karpenter-crd",
                namespace: KARPENTER_SERVICE_ACCOUNT.namespace,
                chart: "oci://public.ecr.aws/karpenter/karpenter-crd",
                version: KARPENTER_VERSION,
                maxHistory: 5,
            },
            // With a definition go all its objects, and with those all agent nodes.
            { parent: this, protect },
        );
    }

    private installController(name: string, args: AgentNodesArgs, definitions: Release): Release {
        return new Release(
            `${name}-karpenter`,
            {
                name: "karpenter",
                namespace: KARPENTER_SERVICE_ACCOUNT.namespace,
                chart: "oci://public.ecr.aws/karpenter/karpenter",
                version: KARPENTER_VERSION,
                skipCrds: true,
                values: karpenterValues({
                    platform: args.platform,
                    clusterName: args.clusterName,
                    interruptionQueueName: args.access.interruptionQueueName,
                    serviceAccount: KARPENTER_SERVICE_ACCOUNT.name,
                }),
                maxHistory: 5,
            },
            { parent: this, dependsOn: definitions },
        );
    }

    private createNodeClass(name: string, args: AgentNodesArgs, controller: Release): CustomResource {
        return new CustomResource(
            `${name}-class`,
            {
                apiVersion: "karpenter.k8s.aws/v1",
                kind: "EC2NodeClass",
                metadata: { name: AGENT_NODES, annotations: OURS },
                spec: ec2NodeClassSpec({
                    platform: args.platform,
                    instanceProfileName: args.access.instanceProfileName,
                    securityGroupId: args.securityGroupId,
                    volumesKeyArn: args.volumesKeyArn,
                    maxPods: args.maxPods,
                    diskGiB: args.diskGiB,
                }),
            },
            // Its deletion waits for its nodes to go, for which the controller must still be there.
            { parent: this, dependsOn: controller },
        );
    }

    private createPool(name: string, args: AgentNodesArgs, nodeClass: CustomResource): CustomResource {
        return new CustomResource(
            `${name}-pool`,
            {
                apiVersion: "karpenter.sh/v1",
                kind: "NodePool",
                metadata: { name: AGENT_NODES, annotations: OURS },
                spec: nodePoolSpec({
                    zones: args.zones,
                    instanceTypes: args.instanceTypes,
                    maxVCpus: args.headroom.maxVCpus,
                }),
            },
            { parent: this, dependsOn: nodeClass },
        );
    }
}
