import { AGENT_POOL, SYSTEM_POOL } from "../../components/compute/agents/spec";
import { fleetCapacity } from "../../components/model/capacity";
import { headroomPlan } from "../../components/model/headroom";
import { instanceType } from "../../components/model/instance-types";
import { fleetOf } from "../../settings/fleet";
import type { Settings } from "../../settings/schema";
import type { ControlPlaneBinaries } from "../components/kubernetes";
import type { Workshop } from "../components/processes";
import { PATIENCE_SECONDS, until } from "../components/report";
import { type ControlPlane, startControlPlane } from "./control-plane";
import { Fleet } from "./fleet";
import { JobRunner } from "./jobs";
import { Launcher } from "./launcher";
import { kubectl } from "./manifests";
import { type NodeKind, Nodes, VOLUME_DRIVER } from "./nodes";
import { type Condition, holds, type KubernetesObject, type Node } from "./objects";
import { Kubelets, type Pace } from "./pods";
import { VolumeDriver } from "./volumes";

/** What all drills of a cluster run on. */
export interface Parts {
    readonly binaries: ControlPlaneBinaries;
    /** Folder with the definitions of custom resources. */
    readonly definitions: string;
    readonly pace: Pace;
}

/** A control plane with the nodes that the plan foresees for a stack, and what stands in for kubelets, EBS and Karpenter. */
export interface Cluster {
    readonly plane: ControlPlane;
    readonly nodes: Nodes;
    readonly fleet: Fleet;
    readonly launcher: Launcher;
    readonly pace: Pace;
    readonly workshop: Workshop;
    /** Lost zones are heard of again. */
    revive(): void;
    stop(): Promise<void>;
}

export async function startCluster(parts: Parts, settings: Settings, workshop: Workshop): Promise<Cluster> {
    const { binaries, definitions, pace } = parts;
    const plane = await startControlPlane(binaries, workshop);
    const { api, kubeconfig } = plane;
    const nodes = new Nodes(settings.network.zones, api, workshop);
    const heartbeats = () => nodes.start(binaries.kwok, kubeconfig);
    heartbeats();
    const launcher = await addNodes(nodes, api, settings);
    await api.create("/apis/storage.k8s.io/v1/csidrivers", {
        apiVersion: "storage.k8s.io/v1",
        kind: "CSIDriver",
        metadata: { name: VOLUME_DRIVER },
        spec: { attachRequired: true, podInfoOnMount: false, fsGroupPolicy: "File" },
    });
    const fleet = new Fleet(settings, api, nodes);
    const kubelets = new Kubelets(api, nodes, new JobRunner(plane, workshop), pace);
    for (const follower of [kubelets, new VolumeDriver(api, nodes), fleet, launcher]) follower.start();
    await define(plane, definitions);
    await until("all nodes are Ready", PATIENCE_SECONDS, async () => {
        const silent = (await api.list<Node>("/api/v1/nodes")).filter(
            ({ status }) => !holds("Ready", status?.conditions),
        );
        return silent.map(({ metadata }) => metadata.name).join(", ");
    });
    const stop = async () => {
        launcher.stop();
        for (const zone of nodes.livingZones) nodes.lose(zone);
        await plane.stop();
    };
    return { plane, nodes, fleet, launcher, pace, workshop, revive: heartbeats, stop };
}

/** As many nodes as the plan counts on, with those that stand ready for the loss of a zone. */
async function addNodes(nodes: Nodes, api: ControlPlane["api"], settings: Settings): Promise<Launcher> {
    const { fleet, cluster, network, region } = settings;
    const [type] = [...fleet.nodes.instanceTypes].sort((a, b) => instanceType(a).memoryMiB - instanceType(b).memoryMiB);
    const [systemType] = cluster.systemNodes.instanceTypes;
    if (type === undefined || systemType === undefined) throw new Error("the stack names no instance type");
    const planned = fleetOf(settings, type);
    const capacity = fleetCapacity(planned);
    const { sparePerZone, maxVCpus } = headroomPlan(fleet.nodes.headroom, planned, capacity);
    const { maxPods } = fleet.nodes;
    const agents: NodeKind = { pool: AGENT_POOL, instanceType: type, maxPods, region, tainted: true };
    const system: NodeKind = { pool: SYSTEM_POOL, instanceType: systemType, maxPods, region, tainted: false };
    for (const zone of network.zones) {
        await nodes.add(zone, capacity.nodesPerZone.normal + sparePerZone, agents);
        await nodes.add(zone, cluster.systemNodes.minPerZone, system);
    }
    return new Launcher(api, nodes, agents, Math.floor(maxVCpus / instanceType(type).vCpus));
}

async function define({ api, kubeconfig }: ControlPlane, definitions: string): Promise<void> {
    await kubectl(kubeconfig, ["apply", "--server-side", "-f", definitions]);
    await until("the definitions of custom resources are in force", PATIENCE_SECONDS, async () => {
        const all = await api.list<
            KubernetesObject & { readonly status?: { readonly conditions?: readonly Condition[] } }
        >("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
        return all
            .filter(({ status }) => !holds("Established", status?.conditions))
            .map(({ metadata }) => metadata.name)
            .join(", ");
    });
}
