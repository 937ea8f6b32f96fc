import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import type { rbac as rbacInputs } from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { jobLabels, type ScriptJobSpec } from "./cluster-job";
import { nameAfter } from "../known-name";

/** A Job that runs one script, and all that it needs, as plain objects. */
export interface ScriptJobPlan {
    readonly name: pulumi.Input<string>;
    readonly namespace: string;
    readonly serviceAccountName: string;
    readonly configMapName: string;
    readonly configMapData: Readonly<Record<string, string>>;
    readonly jobSpec: ScriptJobSpec;
    readonly rules: readonly rbacInputs.v1.PolicyRule[];
    /** How long the Job may take. Unit: seconds. */
    readonly deadlineSeconds: number;
}

/** The resources of such a job: identity, rights, script, and the Job itself, whose success an update waits for. */
export function scriptJob(
    name: string,
    plan: ScriptJobPlan,
    parent: pulumi.Resource,
    dependsOn: readonly pulumi.Resource[] = [],
): batch.Job {
    const opts = { parent };
    const labels = jobLabels(plan.serviceAccountName);
    const metadata = { name: plan.serviceAccountName, namespace: plan.namespace, labels };

    const account = new core.ServiceAccount(name, { metadata, automountServiceAccountToken: false }, opts);
    const role = new rbac.Role(name, { metadata, rules: [...plan.rules] }, opts);
    const binding = new rbac.RoleBinding(
        name,
        {
            metadata,
            roleRef: {
                apiGroup: "rbac.authorization.k8s.io",
                kind: "Role",
                name: nameAfter(plan.serviceAccountName, role),
            },
            subjects: [
                {
                    kind: "ServiceAccount",
                    name: nameAfter(plan.serviceAccountName, account),
                    namespace: plan.namespace,
                },
            ],
        },
        opts,
    );
    const script = new core.ConfigMap(
        name,
        { metadata: { ...metadata, name: plan.configMapName }, data: plan.configMapData },
        opts,
    );
    const seconds = `${plan.deadlineSeconds + 60}s`;
    return new batch.Job(
        name,
        {
            metadata: {
                ...metadata,
                name: plan.name,
                // One that has failed runs again with the next update, once what stopped it is put right.
                annotations: { "pulumi.com/replaceUnready": "true" },
            },
            spec: plan.jobSpec,
        },
        {
            parent,
            dependsOn: [binding, script, ...dependsOn],
            // The Job ends itself first, and says why.
            customTimeouts: { create: seconds, update: seconds },
            // Going back to an earlier template makes a Job of an earlier name: it has to run anew, not to be found done.
            deleteBeforeReplace: true,
        },
    );
}
