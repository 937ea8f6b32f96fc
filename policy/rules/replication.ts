import { z } from "zod";
import { stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { agentSettings, eachAgent, mainContainers, replicatorImage } from "./support/agents";
import { isIn, kinds, namespaceOf, objectsOf, those } from "./support/kubernetes";
import { replicationFaults } from "./support/litestream";
import { claimTemplatesOf, type Container, containersOf, isSidecar, type Pod, WORKLOADS } from "./support/pods";

const types = kinds(...WORKLOADS);
const LITESTREAM = "https://litestream.io/reference/config/";

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

/** What the image does by itself is not known. */
function runs({ props }: Container): boolean {
    return props.texts("command").length + props.texts("args").length > 0;
}

const replicatorSettings = {
    ...agentSettings,
    image: replicatorImage,
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
                if (!runs(replicator)) report(agent.resource, `${replicator.title} has no command that replicates`);
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
                if (!runs(restorer)) report(agent.resource, `${restorer.title} has no command that restores`);
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

export const replicationRules = [stateReplicated, statePlaces, stateRestored, stateReplication];
