import type { Stack } from "../../engine/resource";
import type { Reader } from "../../engine/value";
import { objectsOf } from "./kubernetes";
import { type Labels, labelsAt } from "./labels";

const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";

/** Nodes as a pod finds them. */
export interface Nodes {
    readonly labels: Labels;
    /** Labels with several values, e.g. zones: a node has one of them. */
    readonly choices: ReadonlyMap<string, readonly string[]>;
    readonly taints: readonly Taint[];
}

interface Taint {
    readonly key: string;
    readonly value: string;
    readonly effect: string;
}

/** As EKS writes them, and as Kubernetes does. */
const EFFECTS: Readonly<Record<string, string>> = {
    NO_SCHEDULE: "NoSchedule",
    NO_EXECUTE: "NoExecute",
    PREFER_NO_SCHEDULE: "PreferNoSchedule",
};

function taintsAt(props: Reader, path: string): Taint[] {
    return props.list(path).map((taint) => {
        const effect = taint.text("effect") ?? "";
        return { key: taint.text("key") ?? "", value: taint.text("value") ?? "", effect: EFFECTS[effect] ?? effect };
    });
}

/** Taints that something takes away once a node is ready are none that a pod has to tolerate. */
const STARTUP = /agent-not-ready$/;

/** The nodes that pools and groups of the stack make. */
export function nodesOf(stack: Stack): Nodes[] {
    const pools = objectsOf(stack, "NodePool").flatMap(({ resource, props }) =>
        stack.decide(
            resource,
            () => [
                {
                    labels: labelsAt(props, "spec.template.metadata.labels"),
                    choices: new Map(
                        props
                            .list("spec.template.spec.requirements")
                            .filter((each) => each.text("operator") === "In")
                            .map((each) => [each.text("key") ?? "", each.texts("values")]),
                    ),
                    taints: taintsAt(props, "spec.template.spec.taints"),
                },
            ],
            [],
        ),
    );
    const groups = stack.ofType(NODE_GROUP).flatMap((resource) =>
        stack.decide(
            resource,
            () => [
                {
                    labels: labelsAt(resource.props, "labels"),
                    choices: new Map<string, readonly string[]>(),
                    taints: taintsAt(resource.props, "taints").filter(({ key }) => !STARTUP.test(key)),
                },
            ],
            [],
        ),
    );
    return [...pools, ...groups];
}

/** Labels that every node has by itself. */
const OWN = /^(kubernetes\.io|topology\.kubernetes\.io|node\.kubernetes\.io|karpenter\.sh|karpenter\.k8s\.aws)\//;

export function selectsNodes(selector: Labels, { labels, choices }: Nodes): boolean {
    return [...selector].every(([key, value]) => {
        const choice = choices.get(key);
        if (choice !== undefined) return choice.includes(value);
        return labels.has(key) ? labels.get(key) === value : OWN.test(key);
    });
}

export function tolerates(tolerations: readonly Reader[], taint: Taint): boolean {
    if (taint.effect === "PreferNoSchedule") return true;
    return tolerations.some((toleration) => {
        const operator = toleration.text("operator") ?? "Equal";
        const key = toleration.text("key");
        const effect = toleration.text("effect");
        const about = (key === undefined && operator === "Exists") || key === taint.key;
        const matches =
            operator === "Exists" || (operator === "Equal" && (toleration.text("value") ?? "") === taint.value);
        return about && matches && (effect === undefined || effect === taint.effect);
    });
}
