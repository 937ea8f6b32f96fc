import { createHash } from "node:crypto";
import type * as batch from "@pulumi/kubernetes/batch/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import type * as pulumi from "@pulumi/pulumi";
import { scriptJobSpec } from "./agents/cluster-job";
import { scriptFile } from "./agents/script-file";
import { scriptJob } from "./agents/script-job";
import { namespaceOf } from "./agents/spec";
import {
    ACCESS_JOB,
    COLLECTOR,
    COLLECTOR_HOST,
    COLLECTOR_SECRET,
    TELEMETRY_NAMESPACE,
    TELEMETRY_SECRET,
} from "./telemetry-config";
import { nameAfter } from "./known-name";

const SCRIPT = "mint-access.mjs";

/** A pod that waits for its first node and image, then a few requests. */
const DEADLINE_SECONDS = 900;

/** The Job that gives each class its token and the collector its certificate, and all that it needs, as plain objects. */
export function accessJob(classes: readonly string[], image: string) {
    const configMapData = { [SCRIPT]: scriptFile(`components/compute/scripts/${SCRIPT}`) };
    const jobSpec = scriptJobSpec({
        job: ACCESS_JOB,
        configMapName: ACCESS_JOB,
        script: SCRIPT,
        image,
        environment: {
            NAMESPACE: TELEMETRY_NAMESPACE,
            SECRET: COLLECTOR_SECRET.name,
            HOSTS: `${COLLECTOR_HOST},${COLLECTOR}.${TELEMETRY_NAMESPACE}.svc`,
            TARGETS: JSON.stringify([...classes].sort().map((name) => ({ class: name, namespace: namespaceOf(name) }))),
            TARGET_SECRET: TELEMETRY_SECRET.name,
        },
        deadlineSeconds: DEADLINE_SECONDS,
    });
    // A new class, a new script or a new image: a new Job. The old one, which is done, goes.
    const hash = createHash("sha256")
        .update(JSON.stringify([jobSpec, configMapData]))
        .digest("hex")
        .slice(0, 10);
    return {
        name: `${ACCESS_JOB}-${hash}`,
        namespace: TELEMETRY_NAMESPACE,
        serviceAccountName: ACCESS_JOB,
        configMapName: ACCESS_JOB,
        configMapData,
        deadlineSeconds: DEADLINE_SECONDS,
        jobSpec,
        rules: keeping(COLLECTOR_SECRET.name),
    };
}

/** The Job as resources. It is allowed one secret in each namespace that it serves, and ends before anything mounts one. */
export function mintAccess(
    name: string,
    args: { readonly classes: readonly string[]; readonly image: string },
    parent: pulumi.Resource,
): batch.Job {
    const rights = args.classes.map((className) => {
        const metadata = { name: ACCESS_JOB, namespace: namespaceOf(className) };
        const role = new rbac.Role(
            `${name}-${className}`,
            { metadata, rules: keeping(TELEMETRY_SECRET.name) },
            { parent },
        );
        return new rbac.RoleBinding(
            `${name}-${className}`,
            {
                metadata,
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: nameAfter(ACCESS_JOB, role) },
                subjects: [{ kind: "ServiceAccount", name: ACCESS_JOB, namespace: TELEMETRY_NAMESPACE }],
            },
            { parent },
        );
    });
    return scriptJob(name, accessJob(args.classes, args.image), parent, rights);
}

/** Making and changing one secret. A creation cannot be limited to a name (kubernetes.io, RBAC, "Referring to resources"). */
function keeping(secret: string) {
    return [
        { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
        { apiGroups: [""], resources: ["secrets"], resourceNames: [secret], verbs: ["get", "update"] },
    ];
}
