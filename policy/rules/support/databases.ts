import type { Resource, Stack } from "../../engine/resource";
import type { Reader } from "../../engine/value";
import { referred } from "./related";

/** An Aurora or Multi-AZ cluster, its instances, and a database that stands alone. */
export const CLUSTER = "aws:rds/cluster:Cluster";
export const CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance";
export const INSTANCE = "aws:rds/instance:Instance";
export const PROXY = "aws:rds/proxy:Proxy";
/** What holds data of its own. */
export const DATABASES = [CLUSTER, INSTANCE];
/** What runs a database's processes. */
export const SERVERS = [CLUSTER_INSTANCE, INSTANCE];

const PARAMETER_GROUPS: Readonly<Record<string, { readonly property: string; readonly type: string }>> = {
    [CLUSTER]: {
        property: "dbClusterParameterGroupName",
        type: "aws:rds/clusterParameterGroup:ClusterParameterGroup",
    },
    [CLUSTER_INSTANCE]: { property: "dbParameterGroupName", type: "aws:rds/parameterGroup:ParameterGroup" },
    [INSTANCE]: { property: "parameterGroupName", type: "aws:rds/parameterGroup:ParameterGroup" },
};

function isPostgres(database: Resource): boolean {
    return database.props.text("engine")?.includes("postgres") ?? false;
}

/** What a parameter must be. */
export interface Wanted {
    readonly name: string;
    readonly holds: (value: string) => boolean;
    /** What would do, for the message: `1`, `a list with pgaudit`. */
    readonly required: string;
}

/** Databases of PostgreSQL; of one whose engine is not known yet nothing is said. */
export function postgresOf(stack: Stack, types: readonly string[]): Resource[] {
    return stack.ofType(...types).filter((database) => stack.decide(database, () => isPostgres(database), false));
}

/**
 * Looks at what the parameter groups of databases set; AWS's default group sets nothing of ours. Instances share a group:
 * each is told of once.
 */
export function requireParameters(
    stack: Stack,
    databases: readonly Resource[],
    wantedOf: (database: Resource) => readonly Wanted[],
    report: (resource: Resource, message: string) => void,
): void {
    const told = new Set<string>();
    stack.each(databases, (database) => {
        const { property, group } = groupOf(stack, database);
        if (group === undefined) {
            const there = stack.decide(database, () => database.props.has(property), true);
            report(
                database,
                there ? `has a ${property} that is not made here` : `has no ${property}: AWS's own sets too little`,
            );
            return;
        }
        for (const wanted of wantedOf(database)) {
            const once = `${group.urn} ${wanted.name} ${wanted.required}`;
            if (told.has(once)) continue;
            told.add(once);
            stack.decide(group, () => look(group, wanted, report), undefined);
        }
    });
}

function look(
    group: Resource,
    { name, holds, required }: Wanted,
    report: (resource: Resource, message: string) => void,
): void {
    const value = parameter(group.props, name);
    if (value === undefined) report(group, `does not set ${name}, ${required} is required`);
    else if (!holds(value)) report(group, `sets ${name} to ${value}, ${required} is required`);
}

function groupOf(stack: Stack, database: Resource): { readonly property: string; readonly group?: Resource } {
    const { property, type } = PARAMETER_GROUPS[database.type] ?? { property: "", type: "" };
    const [group] = referred(stack, database, property, [type]);
    return { property, group };
}

/** The value of one parameter of a group, as text. */
function parameter(group: Reader, name: string): string | undefined {
    const found = group.list("parameters").find((each) => each.text("name") === name);
    return found?.text("value") ?? found?.number("value")?.toString();
}

export function equals(name: string, value: string): Wanted {
    return { name, holds: (found) => found === value, required: value };
}

/** A number between bounds. */
export function between(name: string, least: number, most: number, unit = ""): Wanted {
    return {
        name,
        holds: (found) => /^-?\d+$/.test(found) && Number(found) >= least && Number(found) <= most,
        required: `${least} to ${most}${unit}`,
    };
}

/** A list, in text with commas, that has these. */
export function listing(name: string, items: readonly string[]): Wanted {
    return {
        name,
        holds: (found) => {
            const there = new Set(found.split(",").map((item) => item.trim()));
            return items.every((item) => there.has(item));
        },
        required: `a list with ${items.join(" and ")}`,
    };
}
