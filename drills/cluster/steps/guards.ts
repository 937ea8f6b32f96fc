import { JOB_LABEL } from "../../../components/compute/agents/cluster-job";
import { namespaceOf, SERVICE_ACCOUNT } from "../../../components/compute/agents/spec";
import { nothingWrong, PATIENCE_SECONDS, type Report, until } from "../../components/report";
import { type Api, Refused } from "../api";
import {
    BAD_OBJECTS,
    type Collection,
    type ContainerDraft,
    type Good,
    type Guard,
    type PodDraft,
} from "../bad-objects";
import type { Cluster } from "../cluster";

/** How each guard words a refusal. */
const WORDS: Record<Guard, RegExp> = {
    "Pod Security": /violates PodSecurity "restricted/,
    LimitRange: /(maximum|minimum) [\w-]+ usage per (Container|Pod|PersistentVolumeClaim)/,
    "admission policy": /ValidatingAdmissionPolicy '[\w-]+' with binding '[\w-]+' denied request/,
};

const GROUPS: Record<Collection, string> = {
    pods: "/api/v1",
    persistentvolumeclaims: "/api/v1",
    services: "/api/v1",
    namespaces: "/api/v1",
    statefulsets: "/apis/apps/v1",
    ingresses: "/apis/networking.k8s.io/v1",
};

/** Each kind of bad object is refused, by the guard that is there for it and for the right reason; a good one is not. */
export async function guards(report: Report, cluster: Cluster): Promise<void> {
    const { api } = cluster.plane;
    const [largest] = [...cluster.fleet.classes].sort((one, other) => other.agents - one.agents);
    if (largest === undefined) throw new Error("the fleet has no class");
    const namespace = namespaceOf(largest.name);
    const good = await goodObjects(api, namespace, largest.name);
    const refusal = (collection: Collection, object: object) => refusalOf(api, namespace, collection, object);

    await report.prove("good objects are accepted: a small agent, a StatefulSet of agents", () =>
        until("they are accepted", PATIENCE_SECONDS, async () => {
            const said = [await refusal("pods", good.pod()), await refusal("statefulsets", good.workload().object)];
            return said.filter(Boolean).join("; ");
        }),
    );
    for (const { what, guard, says, collection, make } of BAD_OBJECTS) {
        await report.prove(`refused by ${guard}: ${what}`, async () => {
            const said = await refusal(collection, make(good));
            nothingWrong(said === "" ? ["it was accepted"] : []);
            nothingWrong(WORDS[guard].test(said) && says.test(said) ? [] : [`refused for another reason: ${said}`]);
        });
    }
    await report.prove("refused by admission policy: a container added to a running agent", async () => {
        const debug = { name: "debug", image: "docker.io/library/busybox:1.36" };
        const path = `/api/v1/namespaces/${namespace}/pods/${largest.name}-0/ephemeralcontainers?dryRun=All`;
        const said = await messageOf(() => api.patch(path, { spec: { ephemeralContainers: [debug] } }));
        nothingWrong(said === "" ? ["it was accepted"] : []);
    });
    await rights(report, api, namespace);
    await quota(report, cluster);
}

/** The smallest class is filled up for real, with pods that never start and claims that nobody uses, and emptied again. */
async function quota(report: Report, { fleet, plane: { api } }: Cluster): Promise<void> {
    const [smallest] = [...fleet.classes].sort((one, other) => one.agents - other.agents);
    if (smallest === undefined) throw new Error("the fleet has no class");
    const namespace = namespaceOf(smallest.name);
    const good = await goodObjects(api, namespace, smallest.name);
    const kinds = [
        { resource: "pods", make: (name: string): object => good.job(name) },
        { resource: "persistentvolumeclaims", make: (name: string): object => good.claim(name) },
    ];
    for (const { resource, make } of kinds) {
        await report.prove(`refused by ResourceQuota: ${resource} without end`, async () => {
            const path = `/api/v1/namespaces/${namespace}`;
            let [hard, used] = [0, 0];
            // It hears a while later that a pod has ended.
            await until("the quota counts what is there", PATIENCE_SECONDS, async () => {
                const all = await api.list<{ status?: { phase?: string } }>(`${path}/${resource}`);
                const there = all.filter(({ status }) => !/^(Succeeded|Failed)$/.test(status?.phase ?? "")).length;
                const { status } = await api.get<QuotaStatus>(`${path}/resourcequotas/quota`);
                [hard, used] = [Number(status.hard[resource]), Number(status.used[resource])];
                return used === there ? "" : `${used}, but there are ${there}`;
            });
            const made: string[] = [];
            let refusal = "";
            while (refusal === "" && made.length <= hard) {
                const name = `drill-${made.length}`;
                refusal = await messageOf(() => api.create(`${path}/${resource}`, make(name)));
                if (refusal === "") made.push(name);
            }
            for (const name of made) await api.remove(`${path}/${resource}/${name}`, { gracePeriodSeconds: 0 });
            nothingWrong(refusal.includes("exceeded quota") ? [] : [refusal || `${made.length} more were accepted`]);
            nothingWrong(
                made.length > hard - used ? [`${made.length} were accepted besides ${used}, ${hard} are allowed`] : [],
            );
            return `${hard} for ${smallest.agents} agents`;
        });
    }
}

interface QuotaStatus {
    readonly status: {
        readonly hard: Readonly<Record<string, string>>;
        readonly used: Readonly<Record<string, string>>;
    };
}

/** What the accounts in a class's namespace may not do. */
async function rights(report: Report, api: Api, namespace: string): Promise<void> {
    const forbidden: readonly (readonly [account: string, verb: string, resource: string])[] = [
        ...["secrets", "pods", "configmaps", "nodes"].map((resource) => [SERVICE_ACCOUNT, "list", resource] as const),
        [SERVICE_ACCOUNT, "get", "secrets"],
        ["rollout", "delete", "pods"],
        ["rollout", "get", "secrets"],
        ["rollout", "patch", "statefulsets"],
        ["mint-key", "get", "secrets"],
        ["mint-key", "delete", "secrets"],
        ["mint-key", "list", "pods"],
    ];
    await report.prove("no account in a class's namespace may do more than its work", async () => {
        const allowed: string[] = [];
        for (const [account, verb, resource] of forbidden) {
            const { status } = await api.create<{ status: { allowed: boolean } }>(
                "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                {
                    apiVersion: "authorization.k8s.io/v1",
                    kind: "SubjectAccessReview",
                    spec: {
                        user: `system:serviceaccount:${namespace}:${account}`,
                        groups: [
                            "system:serviceaccounts",
                            `system:serviceaccounts:${namespace}`,
                            "system:authenticated",
                        ],
                        resourceAttributes: {
                            namespace,
                            verb,
                            resource,
                            group: resource === "statefulsets" ? "apps" : "",
                        },
                    },
                },
            );
            if (status.allowed) allowed.push(`${account} may ${verb} ${resource}`);
        }
        nothingWrong(allowed);
        return `${forbidden.length} attempts`;
    });
}

interface SetDraft {
    metadata: { name: string; labels: Record<string, string> };
    spec: {
        template: {
            metadata: { labels: Record<string, string>; annotations: Record<string, string> };
            spec: PodDraft["spec"];
        };
        volumeClaimTemplates: {
            metadata: { name: string; labels?: Record<string, string> };
            spec: Record<string, unknown>;
        }[];
        [field: string]: unknown;
    };
}

/** Good objects after the pattern of the class's own StatefulSet. */
async function goodObjects(api: Api, namespace: string, className: string): Promise<Good> {
    const set = await api.get<SetDraft>(`/apis/apps/v1/namespaces/${namespace}/statefulsets/${className}`);
    const agent = (): PodDraft => {
        const { template, volumeClaimTemplates } = structuredClone(set.spec);
        const { labels, annotations } = template.metadata;
        const claims = volumeClaimTemplates.map(({ metadata: { name } }) => ({
            name,
            persistentVolumeClaim: { claimName: `${name}-${className}-0` },
        }));
        const spec = { ...template.spec, volumes: [...template.spec.volumes, ...claims] };
        return { apiVersion: "v1", kind: "Pod", metadata: { name: `${className}-9999`, labels, annotations }, spec };
    };
    const pod = (): PodDraft => {
        const draft = agent();
        for (const container of [...draft.spec.containers, ...draft.spec.initContainers]) shrink(container);
        return draft;
    };
    return {
        pod,
        job: (name) => {
            const draft = pod();
            draft.metadata = { ...draft.metadata, name, labels: { [JOB_LABEL]: "drill" } };
            draft.spec = { ...draft.spec, serviceAccountName: "rollout", schedulingGates: [{ name: "drill/never" }] };
            return draft;
        },
        workload: () => {
            const { spec, metadata } = structuredClone(set);
            const { template } = spec;
            const object = {
                apiVersion: "apps/v1",
                kind: "StatefulSet",
                metadata: { name: `${className}-second`, labels: metadata.labels },
                spec,
            };
            return {
                object,
                template: { apiVersion: "v1", kind: "Pod", ...template, metadata: { name: "", ...template.metadata } },
            };
        },
        claim: (name) => {
            const [claim] = structuredClone(set.spec.volumeClaimTemplates);
            if (claim === undefined) throw new Error("agents have no claim");
            return {
                apiVersion: "v1",
                kind: "PersistentVolumeClaim",
                metadata: { ...claim.metadata, name: name ?? `${claim.metadata.name}-${className}-9999` },
                spec: claim.spec,
            };
        },
    };
}

function shrink(container: ContainerDraft): void {
    const small = { cpu: "10m", memory: "32Mi", "ephemeral-storage": "32Mi" };
    container.resources = { requests: small, limits: small };
}

/** What the API server says against an object; nothing where it would take it. Nothing is made. */
async function refusalOf(api: Api, namespace: string, collection: Collection, object: object): Promise<string> {
    const place = collection === "namespaces" ? collection : `namespaces/${namespace}/${collection}`;
    return messageOf(() => api.create(`${GROUPS[collection]}/${place}?dryRun=All`, object));
}

async function messageOf(attempt: () => Promise<unknown>): Promise<string> {
    try {
        await attempt();
        return "";
    } catch (error) {
        if (error instanceof Refused) return error.message;
        throw error;
    }
}
