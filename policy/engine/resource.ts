import { Reader, type Properties, Undecided } from "./value";

/** A resource as rules see it, whether from the offline plan, from Pulumi's engine or from an exported state. */
export interface Resource {
    readonly urn: string;
    readonly type: string;
    /** Logical name. */
    readonly name: string;
    readonly props: Reader;
    /** Pulumi's own protection against deletion. */
    readonly protect: boolean;
    readonly parent?: string;
    /** URNs that a property was computed from. What a resource refers to is known by these even where its id is not. */
    readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

export interface ResourceFields extends Omit<Resource, "props"> {
    readonly properties: Properties;
}

export function resourceOf({ properties, ...rest }: ResourceFields): Resource {
    return { ...rest, props: new Reader(properties) };
}

/** All resources of a stack, by type. */
export class Stack {
    private readonly byType: ReadonlyMap<string, readonly Resource[]>;
    /** Where a rule could not decide; it goes on with the other resources. */
    readonly undecided: { readonly resource: Resource; readonly path: string }[] = [];

    constructor(
        readonly resources: readonly Resource[],
        byType?: ReadonlyMap<string, readonly Resource[]>,
    ) {
        this.byType = byType ?? grouped(resources);
    }

    ofType(...types: readonly string[]): Resource[] {
        return types.flatMap((type) => this.byType.get(type) ?? []);
    }

    matching(applies: (type: string) => boolean): Resource[] {
        return [...this.byType].flatMap(([type, resources]) => (applies(type) ? resources : []));
    }

    /** Looks at each resource by itself: one whose values are not known yet does not keep the others from being seen. */
    each(resources: readonly Resource[], look: (resource: Resource) => void): void {
        for (const resource of resources) this.decide(resource, () => look(resource), undefined);
    }

    /** What can be said of a resource; `otherwise` where it cannot be said, which is then reported as undecided. */
    decide<T>(resource: Resource, read: () => T, otherwise: T): T {
        try {
            return read();
        } catch (error) {
            if (!(error instanceof Undecided)) throw error;
            this.undecided.push({ resource, path: error.path });
            return otherwise;
        }
    }

    /** Whether a property of one resource names another: computed from it, or equal to one of its identifiers. */
    refers(from: Resource, property: string, to: Resource): boolean {
        const key = property.split(".")[0] ?? property;
        if (from.propertyDependencies[key]?.includes(to.urn)) return true;
        const value = this.decide(from, () => from.props.text(property), undefined);
        return value !== undefined && identifiers(to).includes(value);
    }

    /** A stack rule starts with nothing undecided. */
    fresh(): Stack {
        return new Stack(this.resources, this.byType);
    }
}

function grouped(resources: readonly Resource[]): Map<string, Resource[]> {
    const groups = new Map<string, Resource[]>();
    for (const resource of resources) {
        const group = groups.get(resource.type);
        if (group) group.push(resource);
        else groups.set(resource.type, [resource]);
    }
    return groups;
}

/** What a property may name a resource by. */
export function identifiers({ name, props }: Resource): string[] {
    const read = (path: string) => {
        try {
            return props.text(path) ?? [];
        } catch {
            return [];
        }
    };
    return [name, ...["id", "arn", "name", "bucket", "clusterIdentifier", "metadata.name"].flatMap(read)];
}
