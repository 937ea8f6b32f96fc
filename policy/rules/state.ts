import { z } from "zod";
import { stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { agentSettings, agentsOf, eachAgent, mainContainers } from "./support/agents";
import { isIn, kinds, nameOf, namespaceOf, objectsOf, those } from "./support/kubernetes";
import { replicationFaults } from "./support/litestream";
import { claimTemplatesOf, type Container, containersOf, isSidecar, type Pod, WORKLOADS } from "./support/pods";
import { quantityAt, saidAt } from "./support/quantity";

const types = kinds(...WORKLOADS);
const CLAIMS = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/";
const LITESTREAM = "https://litestream.io/reference/config/";

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

/** Where a container has what of a volume. */
function placesOf({ props }: Container, volumes: readonly string[]): Map<string, Reader> {
    return new Map(
        props
            .list("volumeMounts")
            .filter((mount) => volumes.includes(mount.text("name") ?? ""))
            .map((mount) => [[mount.text("mountPath"), mount.text("subPath") ?? ""].join(" from "), mount]),
    );
}

interface StateOf {
    readonly agent: Pod;
    /** Places where the agent itself has its state. */
    readonly places: readonly string[];
    readonly replicators: readonly Container[];
    readonly restorers: readonly Container[];
    placesOf(container: Container): ReadonlyMap<string, Reader>;
}

function stateOf(agent: Pod, image: string): StateOf {
    const claims = claimTemplatesOf(agent).flatMap((claim) => claim.text("metadata.name") ?? []);
    const ours = containersOf(agent).filter((each) => (each.props.text("image") ?? "").includes(image));
    return {
        agent,
        places: mainContainers(agent).flatMap((container) => [...placesOf(container, claims).keys()]),
        replicators: ours.filter(isSidecar),
        restorers: ours.filter((each) => each.init && !isSidecar(each)),
        placesOf: (container) => placesOf(container, claims),
    };
}

const replicatorSettings = {
    ...agentSettings,
    image: z.string().min(1).default("/litestream:").describe("What is in the name of the replicator's image"),
};

export const stateReplicated = stackRule({
    name: "agent-state-replicated",
    description: "A sidecar replicates each agent's state for as long as the agent runs",
    severity: "critical",
    references: ["openclaw promise 4", "openclaw promise 6"],
    remediation:
        "Run the replicator as an init container with restartPolicy Always, and mount all state where the agent has it.",
    url: "https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/",
    types,
    settings: replicatorSettings,
    check(stack, report, { agents, image }) {
        eachAgent(stack, agents, (agent) => {
            const state = stateOf(agent, image);
            if (state.places.length === 0) report(agent.resource, "makes agents that mount no state");
            if (state.replicators.length === 0) report(agent.resource, "makes agents whose state nobody replicates");
            for (const replicator of state.replicators) {
                const seen = state.placesOf(replicator);
                for (const place of state.places) {
                    if (!seen.has(place))
                        report(agent.resource, `${replicator.title} does not see the state at ${place}`);
                }
                // SQLite writes beside a database that it only reads.
                const closed = [...seen.values()].some((mount) => mount.flag("readOnly"));
                if (closed) report(agent.resource, `${replicator.title} cannot lock the state that it replicates`);
            }
        });
    },
});

export const statePlaces = stackRule({
    name: "agent-state-places",
    description: "All containers of an agent have the same part of its state at the same place",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation: "Mount each part of the state by the same subPath wherever its path is mounted.",
    url: "https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath",
    types,
    settings: agentSettings,
    check(stack, report, { agents }) {
        eachAgent(stack, agents, (agent) => {
            const claims = claimTemplatesOf(agent).flatMap((claim) => claim.text("metadata.name") ?? []);
            const parts = new Map<string, string>();
            for (const { props, title } of containersOf(agent)) {
                for (const mount of props.list("volumeMounts")) {
                    if (!claims.includes(mount.text("name") ?? "")) continue;
                    const place = mount.text("mountPath") ?? "";
                    const part = mount.text("subPath") ?? "all of it";
                    const known = parts.get(place) ?? part;
                    parts.set(place, known);
                    if (part !== known)
                        report(agent.resource, `${title} has ${part} at ${place}, others have ${known} there`);
                }
            }
        });
    },
});

export const stateRestored = stackRule({
    name: "agent-state-restored",
    description: "An agent whose volume is empty gets its state back before it starts",
    severity: "critical",
    references: ["openclaw promise 4", "openclaw promise 6"],
    remediation:
        "Run the replicator's image as an init container that restores, with all state mounted where the agent has it.",
    url: "https://litestream.io/reference/restore/",
    types,
    settings: replicatorSettings,
    check(stack, report, { agents, image }) {
        eachAgent(stack, agents, (agent) => {
            const state = stateOf(agent, image);
            if (state.restorers.length === 0) report(agent.resource, "makes agents whose state nobody restores");
            for (const restorer of state.restorers) {
                const seen = state.placesOf(restorer);
                for (const place of state.places) {
                    if (!seen.has(place))
                        report(agent.resource, `${restorer.title} does not see the state at ${place}`);
                }
            }
        });
    },
});

export const stateReplication = stackRule({
    name: "agent-state-replication",
    description: "Each agent's state goes to a place of its own in the bucket within the minute",
    severity: "critical",
    references: ["openclaw promise 1", "openclaw promise 4"],
    remediation:
        "Give every database of litestream.yml a replica of type s3, whose path has namespace and pod name, and a short sync-interval.",
    url: LITESTREAM,
    types,
    settings: {
        ...agentSettings,
        file: z.string().default("litestream.yml").describe("Key of the ConfigMap with the replicator's configuration"),
        largestLossSeconds: z.int().min(1).default(60).describe("Longest time between writing and replicating"),
        smallestRetentionHours: z.int().min(1).default(24).describe("How long snapshots are kept at least"),
    },
    check(stack, report, { agents, file, ...bounds }) {
        const maps = objectsOf(stack, "ConfigMap");
        eachAgent(stack, agents, (agent) => {
            const names = agent.spec.list("volumes").flatMap((volume) => volume.text("configMap.name") ?? []);
            const ours = those(stack, maps, (map) => names.some((name) => isIn(map, namespaceOf(agent), name)));
            const found = ours.flatMap((map) => {
                const data = map.props.entries("data").find(([key]) => key === file)?.[1];
                return data === undefined ? [] : [{ map, data }];
            });
            if (found.length === 0) report(agent.resource, `makes agents without ${file}`);
            for (const { map, data } of found) {
                stack.decide(
                    map.resource,
                    () => {
                        const faults = replicationFaults(data.text() ?? "", namespaceOf(agent), bounds);
                        for (const fault of faults) report(map.resource, `${file} ${fault}`);
                    },
                    undefined,
                );
            }
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
        ...replicatorSettings,
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

export const stateRules = [
    stateClaim,
    stateBlockStorage,
    stateKept,
    stateWritable,
    stateReplicated,
    statePlaces,
    stateRestored,
    stateReplication,
    statePodName,
];
