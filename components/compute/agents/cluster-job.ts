import { AGENT_POOL, AGENT_PRIORITY_CLASS, POOL_LABEL } from "./spec";

/**
 * Marks the pods of a class's jobs. They carry no class label: the class's budget and spread would count them as agents.
 * Network and admission policies know them by this label.
 */
export const JOB_LABEL = "openclaw/job";

/** Where the script is in the container. */
const SCRIPT_MOUNT = "/opt/openclaw/job";

export interface ScriptJob {
    /** What the job does: its pods' `openclaw/job` label and service account. */
    readonly job: string;
    /** ConfigMap with the script. */
    readonly configMapName: string;
    readonly script: string;
    /** Image with Node 24: that of OpenClaw, which the agents' nodes have anyway. */
    readonly image: string;
    readonly environment: Readonly<Record<string, string>>;
    /** The Job is ended after this time. Unit: seconds. */
    readonly deadlineSeconds: number;
}

export type ScriptJobSpec = ReturnType<typeof scriptJobSpec>;

export function jobLabels(job: string) {
    return {
        "app.kubernetes.io/name": `openclaw-${job}`,
        "app.kubernetes.io/part-of": "openclaw",
        [JOB_LABEL]: job,
    };
}

/**
 * Spec of a Job that runs one script against the API of the cluster, under restricted Pod Security.
 *
 * It has no `ttlSecondsAfterFinished`. A Job that the cluster removes by itself is gone at the next `pulumi refresh`, and the
 * update after that makes it again: harmless, since the scripts find everything done, but plans would show changes that
 * nobody made, and an update would wait for pods with nothing to do. Finished Jobs do not pile up either: there is one of each
 * kind, its successor takes its place, and what has ended counts in no quota. A failed one is there to be read until then.
 */
export function scriptJobSpec({ job, configMapName, script, image, environment, deadlineSeconds }: ScriptJob) {
    return {
        // The scripts try again by themselves where that helps; a failure is to be seen at once.
        backoffLimit: 0,
        activeDeadlineSeconds: deadlineSeconds,
        // A drained node is no failure: the pod starts again elsewhere, and the script goes on from what it finds.
        podFailurePolicy: {
            rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
        },
        podReplacementPolicy: "Failed",
        template: {
            metadata: {
                labels: jobLabels(job),
                annotations: { "karpenter.sh/do-not-disrupt": "true" },
            },
            spec: {
                restartPolicy: "Never",
                serviceAccountName: job,
                automountServiceAccountToken: true,
                enableServiceLinks: false,
                terminationGracePeriodSeconds: 10,
                priorityClassName: AGENT_PRIORITY_CLASS,
                nodeSelector: { [POOL_LABEL]: AGENT_POOL },
                tolerations: [{ key: POOL_LABEL, operator: "Equal", value: AGENT_POOL, effect: "NoSchedule" }],
                securityContext: {
                    runAsNonRoot: true,
                    runAsUser: 1000,
                    runAsGroup: 1000,
                    seccompProfile: { type: "RuntimeDefault" },
                },
                containers: [
                    {
                        name: job,
                        image,
                        command: ["node", `${SCRIPT_MOUNT}/${script}`],
                        env: Object.entries({
                            ...environment,
                            // Node does not read the system's certificates, and this cluster's authority is not among them.
                            NODE_EXTRA_CA_CERTS: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
                            NODE_OPTIONS: "--max-old-space-size=192",
                        }).map(([name, value]) => ({ name, value })),
                        resources: {
                            requests: { cpu: "50m", memory: "256Mi", "ephemeral-storage": "64Mi" },
                            limits: { cpu: "500m", memory: "256Mi", "ephemeral-storage": "64Mi" },
                        },
                        securityContext: {
                            allowPrivilegeEscalation: false,
                            readOnlyRootFilesystem: true,
                            capabilities: { drop: ["ALL"] },
                        },
                        // What the script said last is why it failed: `kubectl describe` and `pulumi up` show it.
                        terminationMessagePolicy: "FallbackToLogsOnError",
                        volumeMounts: [{ name: "script", mountPath: SCRIPT_MOUNT, readOnly: true }],
                    },
                ],
                volumes: [{ name: "script", configMap: { name: configMapName, defaultMode: 0o444 } }],
            },
        },
    };
}
