import { maxAway } from "../../../model/disruption";
import { scriptJobSpec } from "../cluster-job";
import { scriptFile } from "../script-file";
import { namespaceOf } from "../spec";

const JOB = "rollout";
const SCRIPT = "rollout.mjs";
const FILES = [SCRIPT, "volumes.mjs", "api.mjs"];

/** The roll-out waits for volumes no longer than this after the last one has grown. */
const VOLUME_SECONDS = 300;
/** EBS and its driver enlarge several volumes at once, so one takes no longer than this of the whole. */
const SECONDS_PER_VOLUME = 3;

export interface RolloutJobArgs {
    readonly className: string;
    /** Image of OpenClaw, by digest: the script runs on its Node. */
    readonly image: string;
    /** Hash of what the agents are to be: another one is another Job. Lower-case letters and digits. */
    readonly specHash: string;
    readonly agents: number;
    /** An agent of the new revision must be Ready within this time, including the wait for a node. Unit: seconds. */
    readonly readySeconds: number;
    /** Share of the class that its PodDisruptionBudget lets be away at once. Unit: per cent. Default: 10. */
    readonly awayPercent?: number;
}

/**
 * The Job that brings the agents of a class to the newest template, and their volumes to its size, and all that it needs, as
 * plain objects.
 */
export function rolloutJob({ className, image, specHash, agents, readySeconds, awayPercent = 10 }: RolloutJobArgs) {
    // The script has deadlines of its own for each agent and explains itself; this is the rope below it. One agent goes
    // ahead, then wave after wave, each with as much time to end its work as to start.
    const waves = 1 + Math.ceil(agents / maxAway(awayPercent, agents));
    const deadlineSeconds = (waves + 1) * 2 * readySeconds + VOLUME_SECONDS + agents * SECONDS_PER_VOLUME;
    const configMapName = JOB;
    return {
        name: `${JOB}-${specHash}`,
        namespace: namespaceOf(className),
        serviceAccountName: JOB,
        configMapName,
        configMapData: Object.fromEntries(
            FILES.map((file) => [file, scriptFile(`components/compute/agents/rollout/${file}`)]),
        ),
        deadlineSeconds,
        jobSpec: scriptJobSpec({
            job: JOB,
            configMapName,
            script: SCRIPT,
            image,
            environment: {
                NAMESPACE: namespaceOf(className),
                STATEFUL_SET: className,
                READY_SECONDS: String(readySeconds),
                VOLUME_SECONDS: String(VOLUME_SECONDS),
            },
            deadlineSeconds,
        }),
        rules: [
            { apiGroups: ["apps"], resources: ["statefulsets"], resourceNames: [className], verbs: ["get"] },
            { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
            // Eviction and nothing else: it cannot delete past the budget.
            { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
            // A size can be raised and not lowered. Names would be a list as long as the class.
            { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["list", "patch"] },
            { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["list"] },
            // Why a pod was refused by quota or admission, or a volume does not grow, stands in events alone.
            { apiGroups: [""], resources: ["events"], verbs: ["list"] },
        ],
    };
}
