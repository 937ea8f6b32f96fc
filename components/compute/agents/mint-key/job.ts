import { scriptJobSpec } from "../cluster-job";
import { scriptFile } from "../script-file";
import { labelsOf, namespaceOf } from "../spec";

const JOB = "mint-key";
const SCRIPT = "mint-key.mjs";

/** Secret of a class and the key in it from which each agent's gateway token is derived. */
export const GATEWAY_SECRET = "gateway";
export const CLASS_KEY = "class-key";

/** A pod that waits for its first node and image, then one request. */
const DEADLINE_SECONDS = 900;

export interface MintKeyJobArgs {
    readonly className: string;
    /** Image of OpenClaw, by digest: the script runs on its Node. */
    readonly image: string;
}

/** The Job that makes the class's secret unless it exists, and all that it needs, as plain objects. */
export function mintKeyJob({ className, image }: MintKeyJobArgs) {
    const configMapName = JOB;
    return {
        name: JOB,
        namespace: namespaceOf(className),
        serviceAccountName: JOB,
        configMapName,
        configMapData: { [SCRIPT]: scriptFile(`components/compute/agents/mint-key/${SCRIPT}`) },
        deadlineSeconds: DEADLINE_SECONDS,
        jobSpec: scriptJobSpec({
            job: JOB,
            configMapName,
            script: SCRIPT,
            image,
            environment: {
                NAMESPACE: namespaceOf(className),
                SECRET: GATEWAY_SECRET,
                SECRET_KEY: CLASS_KEY,
                SECRET_LABELS: JSON.stringify(labelsOf(className)),
            },
            deadlineSeconds: DEADLINE_SECONDS,
        }),
        // A creation cannot be limited to one name (kubernetes.io, RBAC, "Referring to resources"). Reading is not needed:
        // the job learns of an existing secret by the conflict, and cannot read this or any other one.
        rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["create"] }],
    };
}
