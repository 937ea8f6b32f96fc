import * as pulumi from "@pulumi/pulumi";
import type { Sidecars } from "../../model/quota";
import type { Platform } from "../../platform";
import type { AgentClass } from "../agents/spec";
import { TELEMETRY_NAMESPACE } from "../telemetry-config";
import { AdmissionGuardrails } from "./admission";
import { ClassIdentity, type ClassIdentityArgs } from "./class-identity";
import { EgressProxy } from "./egress-proxy";
import { DATA_NAMESPACE, EGRESS_NAMESPACE, type Places } from "./flows";
import { AgentNamespace, PlatformNamespace } from "./namespaces";
import { ciliumNetworkPolicy, classPolicies, databaseJobsPolicy, telemetryPolicies } from "./network-policies";

/** Arguments of {@link PlatformIsolation}. */
export interface PlatformIsolationArgs {
    /** Version of the cluster, e.g. `1.35`. */
    readonly kubernetesVersion: string;
    readonly places: Places;
    /** How many classes name domains: each has a proxy of its own. */
    readonly proxies: number;
}

/**
 * What all classes share: the rules that the cluster enforces, and the namespaces of what agents talk to inside it. To be
 * created when Cilium's chart is in the cluster, and before the first class.
 */
export class PlatformIsolation extends pulumi.ComponentResource {
    readonly guardrails: AdmissionGuardrails;
    /** Known once the namespace is isolated. */
    readonly telemetryNamespace: pulumi.Output<string>;
    /** Known once the namespace is isolated. */
    readonly egressNamespace: pulumi.Output<string>;
    /** Known once the namespace is isolated. */
    readonly dataNamespace: pulumi.Output<string>;

    constructor(name: string, args: PlatformIsolationArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:PlatformIsolation", name, {}, opts);
        const { kubernetesVersion, places } = args;
        const child = { parent: this };

        this.guardrails = new AdmissionGuardrails(`${name}-guardrails`, child);
        const telemetry = new PlatformNamespace(
            `${name}-telemetry`,
            { namespace: TELEMETRY_NAMESPACE, kubernetesVersion, pods: TELEMETRY_PODS },
            child,
        );
        const policies = telemetryPolicies(places).map((policy) =>
            ciliumNetworkPolicy(
                `${name}-telemetry-${policy.name}`,
                { ...policy, namespace: telemetry.namespace },
                child,
            ),
        );
        const egress = new PlatformNamespace(
            `${name}-egress`,
            // Two of each proxy, and one more of each while a new version comes.
            { namespace: EGRESS_NAMESPACE, kubernetesVersion, pods: Math.max(1, args.proxies * 3) },
            child,
        );
        const data = new PlatformNamespace(
            `${name}-data`,
            { namespace: DATA_NAMESPACE, kubernetesVersion, pods: DATA_PODS },
            child,
        );
        const dataPolicy = ciliumNetworkPolicy(
            `${name}-data-jobs`,
            { ...databaseJobsPolicy(places), namespace: data.namespace },
            child,
        );

        this.telemetryNamespace = pulumi
            .all([telemetry.namespace, ...policies.map(({ id }) => id)])
            .apply(([made = ""]) => made);
        this.egressNamespace = egress.namespace;
        this.dataNamespace = pulumi.all([data.namespace, dataPolicy.urn]).apply(([made]) => made);
        this.registerOutputs({
            telemetryNamespace: this.telemetryNamespace,
            egressNamespace: this.egressNamespace,
            dataNamespace: this.dataNamespace,
        });
    }
}

/** Collectors over the zones, twice while a new version comes, and the job that makes their secrets. */
const TELEMETRY_PODS = 12;

/** One of each job, and as many that are being replaced. */
const DATA_PODS = 4;

/** Arguments of {@link ClassIsolation}. */
export interface ClassIsolationArgs extends Omit<ClassIdentityArgs, "agentClass"> {
    readonly platform: Platform;
    readonly agentClass: AgentClass;
    /** What the sidecars of one agent request together. */
    readonly sidecars: Sidecars;
    /** Version of the cluster, e.g. `1.35`. */
    readonly kubernetesVersion: string;
    readonly places: Places;
    /** `egressNamespace` of {@link PlatformIsolation}. */
    readonly egressNamespace: pulumi.Input<string>;
}

/**
 * One class's cell: its namespace with quota and limits, what may pass its network, its role in AWS, and its proxy where it
 * names domains. The agents come after it.
 */
export class ClassIsolation extends pulumi.ComponentResource {
    /** Known once everything that isolates the class is there. */
    readonly namespace: pulumi.Output<string>;
    readonly roleArn: pulumi.Output<string>;
    /** Role that may invoke the class's model, and nothing else. */
    readonly modelRoleArn: pulumi.Output<string>;
    /** Where the class's agents find the internet, if they may. */
    readonly proxyUrl?: string;

    constructor(name: string, args: ClassIsolationArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:ClassIsolation", name, {}, opts);
        const { agentClass, places } = args;
        const child = { parent: this };

        const { namespace } = new AgentNamespace(`${name}-namespace`, args, child);
        const policies = classPolicies(agentClass, places).map((policy) =>
            ciliumNetworkPolicy(`${name}-network-${policy.name}`, { ...policy, namespace }, child),
        );
        const identity = new ClassIdentity(`${name}-identity`, args, child);
        const proxy =
            agentClass.allowedDomains.length === 0
                ? undefined
                : new EgressProxy(
                      `${name}-proxy`,
                      {
                          className: agentClass.name,
                          allowedDomains: agentClass.allowedDomains,
                          places,
                          namespace: args.egressNamespace,
                      },
                      child,
                  );

        this.namespace = pulumi
            .all([namespace, identity.roleArn, ...policies.map(({ id }) => id)])
            .apply(([made = ""]) => made);
        this.roleArn = identity.roleArn;
        this.modelRoleArn = identity.modelRoleArn;
        this.proxyUrl = proxy?.url;
        this.registerOutputs({
            namespace: this.namespace,
            roleArn: this.roleArn,
            modelRoleArn: this.modelRoleArn,
            proxyUrl: this.proxyUrl,
        });
    }
}
