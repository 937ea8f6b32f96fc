import { createHash } from "node:crypto";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import type { core as coreInputs } from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { maxAway } from "../../model/disruption";
import { reference } from "../images";
import { mintKeyJob } from "./mint-key/job";
import { podTemplate, type PodImages } from "./pod";
import { rolloutJob } from "./rollout/job";
import { gatewayRuntime, type RuntimeEnvironment } from "./runtime";
import { scriptJob } from "./script-job";
import {
    type AgentClass,
    GATEWAY_PORT,
    labelsOf,
    namespaceOf,
    selectorOf,
    SERVICE_ACCOUNT,
    STATE_VOLUME,
    STORAGE_CLASS,
} from "./spec";

/** Arguments of {@link AgentClassFleet}. */
export interface AgentClassFleetArgs {
    readonly spec: AgentClass;
    /** OpenClaw's image and the bridge's. A change rolls the class. */
    readonly images: PodImages;
    /** What is there for the agents: state bucket, collector, egress proxy. A change rolls the class. */
    readonly environment: RuntimeEnvironment<pulumi.Input<string>>;
}

/**
 * How long an agent of a new template may take until it is Ready: a node, the image, the restore of its state, and up to
 * five minutes of OpenClaw's own start.
 */
const READY_SECONDS = 900;

/**
 * One class of agents: a StatefulSet with as many pods as the class has agents, each with its own name, volume and token.
 * It stands in the class's namespace, which has to be there first, like StorageClass and PriorityClass. The number of its
 * resources is the same for 1 agent and for 1,000.
 *
 * What is in a pod is in `pod.ts`, what runs in it in `runtime.ts`.
 */
export class AgentClassFleet extends pulumi.ComponentResource {
    readonly namespace: string;
    /** Name of the StatefulSet: its agents are `<name>-<n>`. */
    readonly statefulSetName: pulumi.Output<string>;

    constructor(name: string, args: AgentClassFleetArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:AgentClass", name, {}, opts);
        const { spec } = args;
        const image = reference(args.images.openclaw);
        const runtime = gatewayRuntime(spec, args.environment);

        // What agents need before they start. The budget too: without it a drain could take all of them.
        const account = this.serviceAccount(name, spec);
        const key = scriptJob(`${name}-mint-key`, mintKeyJob({ className: spec.name, image }), this);
        const files = this.files(name, spec, runtime.files);
        const service = this.service(name, spec);
        const budget = this.budget(name, spec);

        // The agents
        const template = podTemplate({ spec, runtime, images: args.images, filesName: filesName(runtime.files) });
        const agents = this.agents(name, spec, template, [account, key, files, service, budget]);

        // A changed template reaches them in waves, a larger volume at once; more agents start at once. An update is done
        // when all are Ready.
        const { awayPercent } = spec.rollout;
        const fleet = { className: spec.name, image, agents: spec.agents, awayPercent, readySeconds: READY_SECONDS };
        const rollout = (specHash: string) => rolloutJob({ ...fleet, specHash });
        const jobName = pulumi
            .output(template)
            .apply((known) => rollout(hashOf([known, spec.agents, spec.stateSize])).name);
        scriptJob(`${name}-rollout`, { ...rollout(""), name: jobName }, this, [agents]);

        this.namespace = namespaceOf(spec.name);
        this.statefulSetName = agents.metadata.name;
        this.registerOutputs({ namespace: this.namespace, statefulSetName: this.statefulSetName });
    }

    /** Whom Pod Identity gives the class's role. It has no right in the cluster. */
    private serviceAccount(name: string, spec: AgentClass): pulumi.Resource {
        return new core.ServiceAccount(
            name,
            { metadata: metadata(spec, SERVICE_ACCOUNT), automountServiceAccountToken: false },
            { parent: this },
        );
    }

    /**
     * Configuration and scripts. Named by their content, as a resource too: agents that a roll-out has not reached keep
     * theirs, and a way back finds what it goes back to.
     */
    private files(name: string, spec: AgentClass, data: Readonly<Record<string, string>>): pulumi.Resource {
        return new core.ConfigMap(
            `${name}-files-${hashOf(data)}`,
            { metadata: metadata(spec, filesName(data)), immutable: true, data },
            { parent: this },
        );
    }

    /** Gives each agent a name in DNS; there is nothing to balance. */
    private service(name: string, spec: AgentClass): pulumi.Resource {
        return new core.Service(
            name,
            {
                metadata: {
                    ...metadata(spec, spec.name),
                    // It is there before its first pod, for which Pulumi would wait in vain.
                    annotations: { "pulumi.com/skipAwait": "true" },
                },
                spec: {
                    clusterIP: "None",
                    selector: selectorOf(spec.name),
                    ports: [{ name: "gateway", port: GATEWAY_PORT, targetPort: "gateway", protocol: "TCP" }],
                },
            },
            { parent: this },
        );
    }

    /** What roll-outs, drains and consolidation share; it makes the waves. */
    private budget(name: string, spec: AgentClass): pulumi.Resource {
        return new policy.PodDisruptionBudget(
            name,
            {
                metadata: metadata(spec, spec.name),
                spec: {
                    selector: { matchLabels: selectorOf(spec.name) },
                    maxUnavailable: maxAway(spec.rollout.awayPercent, spec.agents),
                    // Agents that do not run anyway may always go: neither a repair nor a drain waits for them.
                    unhealthyPodEvictionPolicy: "AlwaysAllow",
                },
            },
            { parent: this },
        );
    }

    private agents(
        name: string,
        spec: AgentClass,
        template: coreInputs.v1.PodTemplateSpec,
        dependsOn: pulumi.Resource[],
    ): apps.StatefulSet {
        return new apps.StatefulSet(
            name,
            {
                metadata: {
                    ...metadata(spec, spec.name),
                    annotations: {
                        // Until the controller has taken note. Whether agents become Ready is for the roll-out to say: it
                        // comes after this, so an update that mends broken agents must not wait for them here.
                        "pulumi.com/waitFor": "jsonpath={.status.observedGeneration}",
                        // Other claims (a larger volume) mean another StatefulSet. The agents stay, and the next one of
                        // the same name takes them over. Its claims are for new agents; the roll-out enlarges the others.
                        "pulumi.com/deletionPropagationPolicy": "orphan",
                        // Replicas come from configuration: what was scaled by hand is put right.
                        "pulumi.com/patchForce": "true",
                    },
                },
                spec: {
                    replicas: spec.agents,
                    serviceName: spec.name,
                    selector: { matchLabels: selectorOf(spec.name) },
                    // Agents do not depend on one another: hundreds start at once.
                    podManagementPolicy: "Parallel",
                    // The roll-out evicts within the budget. A rolling update would replace one agent after the other:
                    // maxUnavailable of StatefulSets is off on EKS (kubernetes issues 137904, 139466).
                    updateStrategy: { type: "OnDelete" },
                    // An agent's memory outlives the agent: scaled down or deleted, its volume stays for its return.
                    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
                    template,
                    volumeClaimTemplates: [claim(spec)],
                },
            },
            { parent: this, dependsOn },
        );
    }
}

function claim(spec: AgentClass): coreInputs.v1.PersistentVolumeClaim {
    return {
        metadata: { name: STATE_VOLUME, labels: labelsOf(spec.name) },
        spec: {
            // One pod, not one node: two gateways on one volume would damage it.
            accessModes: ["ReadWriteOncePod"],
            storageClassName: STORAGE_CLASS,
            resources: { requests: { storage: spec.stateSize } },
        },
    };
}

function metadata(spec: AgentClass, name: string) {
    return { name, namespace: namespaceOf(spec.name), labels: labelsOf(spec.name) };
}

function filesName(data: Readonly<Record<string, string>>): string {
    return `openclaw-${hashOf(data)}`;
}

/** Ten hexadecimal digits that stand for a value. */
function hashOf(value: unknown): string {
    return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 10);
}
