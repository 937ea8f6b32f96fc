/* Kubernetes objects, as far as the drill reads them. */

export interface Metadata {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
}

export interface KubernetesObject {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly metadata: Metadata;
}

export interface List<T> {
    readonly metadata: { readonly resourceVersion: string };
    readonly items: readonly T[];
}

export interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
}

export interface EnvironmentVariable {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

export interface Container {
    readonly name: string;
    readonly image: string;
    readonly command?: readonly string[];
    readonly args?: readonly string[];
    readonly env?: readonly EnvironmentVariable[];
    readonly restartPolicy?: string;
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
}

export interface Volume {
    readonly name: string;
    readonly secret?: { readonly secretName: string; readonly optional?: boolean };
    readonly configMap?: { readonly name: string; readonly optional?: boolean };
    readonly persistentVolumeClaim?: { readonly claimName: string };
    readonly projected?: { readonly sources: readonly Record<string, unknown>[] };
    readonly emptyDir?: Record<string, unknown>;
}

export interface PodSpec {
    readonly nodeName?: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly Volume[];
    readonly serviceAccountName?: string;
    readonly nodeSelector?: Readonly<Record<string, string>>;
}

export interface Pod extends KubernetesObject {
    readonly spec: PodSpec;
    readonly status?: {
        readonly phase?: string;
        readonly nominatedNodeName?: string;
        readonly conditions?: readonly Condition[];
        readonly containerStatuses?: readonly ContainerStatus[];
    };
}

export interface ContainerStatus {
    readonly name: string;
    readonly state?: { readonly terminated?: { readonly exitCode: number; readonly message?: string } };
}

export interface Node extends KubernetesObject {
    readonly spec?: { readonly unschedulable?: boolean };
    readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface PersistentVolumeClaim extends KubernetesObject {
    readonly spec: {
        readonly volumeName?: string;
        readonly storageClassName?: string;
        readonly accessModes: readonly string[];
        readonly resources: { readonly requests: { readonly storage: string } };
    };
    readonly status?: { readonly phase?: string };
}

export interface PersistentVolume extends KubernetesObject {
    readonly spec: {
        readonly nodeAffinity?: {
            readonly required: {
                readonly nodeSelectorTerms: readonly {
                    readonly matchExpressions: readonly { readonly key: string; readonly values: readonly string[] }[];
                }[];
            };
        };
    };
    readonly status?: { readonly phase?: string };
}

export interface StatefulSet extends KubernetesObject {
    readonly spec: {
        readonly replicas: number;
        readonly template: { readonly metadata: Metadata; readonly spec: PodSpec };
    };
    readonly status?: { readonly updateRevision?: string; readonly currentRevision?: string };
}

export interface Job extends KubernetesObject {
    readonly spec: { readonly template: { readonly spec: PodSpec } };
    readonly status?: {
        readonly succeeded?: number;
        readonly failed?: number;
        readonly conditions?: readonly Condition[];
    };
}

export function isReady({ metadata, status }: Pod): boolean {
    return metadata.deletionTimestamp === undefined && holds("Ready", status?.conditions);
}

export function holds(type: string, conditions: readonly Condition[] | undefined): boolean {
    return conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;
}

/** Whether the scheduler has given the pod up for now. */
export function isUnschedulable({ spec, status }: Pod): boolean {
    const refusal = status?.conditions?.find(({ type }) => type === "PodScheduled");
    return spec.nodeName === undefined && refusal?.status === "False" && refusal.reason === "Unschedulable";
}

/** An object's name with its namespace. */
export function keyOf({ metadata }: KubernetesObject): string {
    return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}
