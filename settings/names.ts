import type { Problem } from "./problem";

/** What Pulumi calls a deployment: the program's name in Pulumi.yaml, and which of its stacks this is. */
export interface Names {
    readonly project: string;
    readonly stack: string;
}

/**
 * Longest name of a cluster. The chart of Cilium refuses a longer one, and any with other characters, but only in the middle
 * of a deployment (Cilium 1.20, `cluster.name`).
 */
const MAX_LENGTH = 32;
/** What the rule leaves a stack at least, so that its project's name is not the reason. */
const MIN_STACK = 4;

/** Name of the platform: of the cluster, and the beginning of nearly every other name. */
export function platformName({ project, stack }: Names): string {
    return `${project}-${stack}`;
}

/** What is wrong with the names, before anything is created under them. */
export function nameProblems({ project, stack }: Names): Problem[] {
    const forProject = MAX_LENGTH - 1 - MIN_STACK;
    if (project.length > forProject || !/^[a-z0-9][a-z0-9-]*$/.test(project)) {
        const rule = `must be at most ${forProject} lower-case letters, digits and dashes: it begins the cluster's name, which has at most ${MAX_LENGTH}`;
        return [{ key: "pulumi:project", value: project, rule, remedy: "name: openclaw in Pulumi.yaml" }];
    }
    const forStack = MAX_LENGTH - 1 - project.length;
    if (stack.length <= forStack && /^[a-z0-9-]*[a-z0-9]$/.test(stack)) return [];
    const rule = `must be at most ${forStack} lower-case letters, digits and dashes: ${project}-<stack> is the cluster's name, which has at most ${MAX_LENGTH}`;
    return [{ key: "pulumi:stack", value: stack, rule, remedy: `pulumi stack rename ${alike(stack, forStack)}` }];
}

/** The nearest name that would do. */
function alike(stack: string, length: number): string {
    const plain = stack.toLowerCase().replace(/[^a-z0-9-]+/g, "-");
    return plain.slice(0, length).replace(/-+$/, "") || "prod";
}
