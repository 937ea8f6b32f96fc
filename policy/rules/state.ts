import { z } from "zod";
import { stackRule } from "../engine/rule";
import { agentSettings, agentsOf, eachAgent, replicatorImage } from "./support/agents";
import { kinds, nameOf, objectsOf, those } from "./support/kubernetes";
import { claimTemplatesOf, containersOf, WORKLOADS } from "./support/pods";
import { quantityAt, saidAt } from "./support/quantity";

const types = kinds(...WORKLOADS);
const CLAIMS = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/";

export const stateClaim = stackRule({
    name: "agent-state-claim",
    description: "Every agent has a volume of its own that no second pod can mount",
    severity: "critical",
    references: ["openclaw promise 1", "openclaw promise 4"],
    remediation: "Give the StatefulSet a claim template with accessModes [ReadWriteOncePod], and mount no other claim.",
    url: `${CLAIMS}#access-modes`,
    types,
    settings: agentSettings,
    check(stack, report, { agents }) {
        eachAgent(stack, agents, (agent) => {
            const claims = claimTemplatesOf(agent);
            if (claims.length === 0) report(agent.resource, "makes agents without a volume for their state");
            for (const claim of claims) {
                const modes = claim.texts("spec.accessModes");
                const sole = modes.length === 1 && modes[0] === "ReadWriteOncePod";
                if (!sole)
                    report(agent.resource, `claims ${modes.join(", ") || "no access"}, ReadWriteOncePod is required`);
                const size = quantityAt(claim, "spec.resources.requests.storage");
                const said = saidAt(claim, "spec.resources.requests.storage");
                if (!(size !== undefined && size > 0)) report(agent.resource, `claims storage of ${said}`);
            }
            for (const volume of agent.spec.list("volumes")) {
                if (volume.has("persistentVolumeClaim")) report(agent.resource, "shares one volume among all agents");
            }
        });
    },
});

export const stateBlockStorage = stackRule({
    name: "agent-state-block-storage",
    description: "The state of agents is on block storage, never on NFS or EFS, where SQLite breaks",
    severity: "critical",
    references: ["openclaw promise 1", "openclaw promise 4"],
    remediation: "Name a StorageClass of the stack whose provisioner makes block volumes, e.g. ebs.csi.aws.com.",
    url: "https://www.sqlite.org/wal.html#overview",
    types,
    settings: {
        ...agentSettings,
        provisioners: z
            .array(z.string())
            .min(1)
            .default(["ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com"])
            .describe("Provisioners of block volumes"),
    },
    check(stack, report, { agents, provisioners }) {
        const classes = objectsOf(stack, "StorageClass");
        eachAgent(stack, agents, (agent) => {
            for (const claim of claimTemplatesOf(agent)) {
                const name = claim.text("spec.storageClassName");
                const [found] = those(stack, classes, (each) => name !== undefined && nameOf(each) === name);
                if (found === undefined) {
                    report(agent.resource, `claims a volume of class ${name ?? "none"}, which is not of the stack`);
                    continue;
                }
                const provisioner = found.props.text("provisioner") ?? "nobody";
                if (provisioners.includes(provisioner)) continue;
                report(found.resource, `is made by ${provisioner}, ${provisioners.join(" or ")} is required`);
            }
        });
    },
});

export const stateKept = stackRule({
    name: "agent-state-kept",
    description: "The state of an agent outlives its pod and its StatefulSet",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation: "Set persistentVolumeClaimRetentionPolicy to Retain for whenDeleted and whenScaled.",
    url: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention",
    types,
    settings: agentSettings,
    check(stack, report, { agents }) {
        eachAgent(stack, agents, ({ kind, props, resource }) => {
            if (kind !== "StatefulSet") return;
            for (const field of ["whenDeleted", "whenScaled"]) {
                const policy = props.text(`spec.persistentVolumeClaimRetentionPolicy.${field}`);
                if (policy !== "Retain") report(resource, `has ${field} ${policy ?? "of none"}, Retain is required`);
            }
        });
    },
});

export const stateWritable = stackRule({
    name: "agent-state-group",
    description: "Agents write to their volume as their own group, which is set once and not at every start",
    severity: "medium",
    references: ["openclaw promise 4"],
    remediation: "Set securityContext.fsGroup to the pod's runAsGroup and fsGroupChangePolicy to OnRootMismatch.",
    url: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
    types,
    settings: agentSettings,
    check(stack, report, { agents }) {
        eachAgent(stack, agents, ({ spec, resource }) => {
            const group = spec.number("securityContext.fsGroup");
            const own = spec.number("securityContext.runAsGroup");
            if (group === undefined || group !== own) {
                report(resource, `has fsGroup ${group ?? "of none"} and runs as group ${own ?? "of none"}`);
            }
            const policy = spec.text("securityContext.fsGroupChangePolicy") ?? "Always";
            if (policy !== "OnRootMismatch")
                report(resource, `has fsGroupChangePolicy ${policy}, OnRootMismatch is required`);
        });
    },
});

export const statePodName = stackRule({
    name: "agent-own-name",
    description: "What writes an agent's state knows the agent by the name of its pod, which no other pod has",
    severity: "high",
    references: ["openclaw promise 1", "openclaw promise 4"],
    remediation: "Set the variable from the field metadata.name in every container that needs it.",
    url: "https://kubernetes.io/docs/tasks/inject-data-application/environment-variable-expose-pod-information/",
    types,
    settings: {
        ...agentSettings,
        image: replicatorImage,
        variable: z.string().default("POD_NAME").describe("Environment variable with the pod's name"),
    },
    check(stack, report, { agents, image, variable }) {
        for (const agent of agentsOf(stack, agents)) {
            for (const { props, title, init } of stack.decide(agent.resource, () => containersOf(agent), [])) {
                stack.decide(
                    agent.resource,
                    () => {
                        const found = props.list("env").find((each) => each.text("name") === variable);
                        const needs = !init || (props.text("image") ?? "").includes(image);
                        if (found === undefined && needs) report(agent.resource, `${title} has no ${variable}`);
                        const field = found?.text("valueFrom.fieldRef.fieldPath");
                        if (found !== undefined && field !== "metadata.name") {
                            report(
                                agent.resource,
                                `${title} has ${variable} from ${field ?? "elsewhere"}, metadata.name is required`,
                            );
                        }
                    },
                    undefined,
                );
            }
        }
    },
});

export const stateRules = [stateClaim, stateBlockStorage, stateKept, stateWritable, statePodName];
