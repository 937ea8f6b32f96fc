import { identifiers, type Resource, type Stack } from "../../engine/resource";
import type { Reader } from "../../engine/value";
import { type Statement, statementsAt } from "./statements";

/** The provider has had each of these under two names. */
function named(kind: string): readonly string[] {
    const type = (name: string) => `aws:s3/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
    return [type(kind), type(`${kind}V2`)];
}

export const BUCKET_TYPES = named("Bucket");

/** What says one thing of a bucket, in a resource of its own. */
export type Kind =
    | "BucketLifecycleConfiguration"
    | "BucketLogging"
    | "BucketObjectLockConfiguration"
    | "BucketOwnershipControls"
    | "BucketPolicy"
    | "BucketPublicAccessBlock"
    | "BucketServerSideEncryptionConfiguration"
    | "BucketVersioning";

/** The buckets of a stack, and what is said of each. */
export class Buckets {
    readonly all: readonly Resource[];
    /** Buckets that S3 writes access logs to. It does so only where neither a key of ours nor a lock is the default. */
    readonly logTargets: ReadonlySet<Resource>;
    private readonly byUrn: ReadonlyMap<string, Resource>;
    private readonly byName: ReadonlyMap<string, Resource>;
    private readonly said = new Map<Kind, ReadonlyMap<Resource, readonly Resource[]>>();

    constructor(private readonly stack: Stack) {
        this.all = stack.ofType(...BUCKET_TYPES);
        this.byUrn = new Map(stack.matching((type) => type.startsWith("aws:s3/")).map((each) => [each.urn, each]));
        this.byName = new Map(this.all.flatMap((bucket) => identifiers(bucket).map((id) => [id, bucket] as const)));
        this.logTargets = new Set(
            stack.ofType(...named("BucketLogging")).flatMap((logging) => this.resolve(logging, "targetBucket") ?? []),
        );
    }

    /** What is said of a bucket by resources of a kind. */
    of(bucket: Resource, kind: Kind): readonly Resource[] {
        let byBucket = this.said.get(kind);
        if (byBucket === undefined) {
            const found = new Map<Resource, Resource[]>();
            for (const each of this.stack.ofType(...named(kind))) {
                for (const about of this.namedBy(each, "bucket")) found.set(about, [...(found.get(about) ?? []), each]);
            }
            byBucket = found;
            this.said.set(kind, byBucket);
        }
        return byBucket.get(bucket) ?? [];
    }

    /** The buckets that a property names; by way of what is said of them as well, as when one waits for its policy. */
    namedBy(from: Resource, property: string): readonly Resource[] {
        return this.resolve(from, property) ?? this.all;
    }

    /** Undefined where it cannot be said, which is told as undecided. */
    private resolve(from: Resource, property: string): Resource[] | undefined {
        if (!this.stack.decide(from, () => from.props.has(property), true)) return [];
        const found = new Set<Resource>();
        const seen = new Set<string>();
        const follow = (resource: Resource, key: string) => {
            for (const urn of resource.propertyDependencies[key] ?? []) {
                const next = this.byUrn.get(urn);
                if (next === undefined || seen.has(urn)) continue;
                seen.add(urn);
                if (BUCKET_TYPES.includes(next.type)) found.add(next);
                else follow(next, "bucket");
            }
        };
        follow(from, property.split(".")[0] ?? property);
        if (found.size > 0) return [...found];
        const text = this.stack.decide(from, () => from.props.text(property) ?? "", undefined);
        if (text === undefined) return undefined;
        const bucket = this.byName.get(text.replace(/^arn:aws[^:]*:s3:::/, ""));
        return bucket ? [bucket] : [];
    }

    /** Whether a bucket's objects can be locked, or something says that they are. */
    isLocked(bucket: Resource): boolean {
        return (
            this.of(bucket, "BucketObjectLockConfiguration").length > 0 ||
            this.stack.decide(bucket, () => bucket.props.flag("objectLockEnabled") === true, false)
        );
    }

    /** Buckets that hold data, and no records of who read it. */
    holdingData(): Resource[] {
        return this.all.filter((bucket) => !this.logTargets.has(bucket));
    }
}

/** The statements of a bucket's policies; undefined where one of them is not known yet. */
export function policyOf(stack: Stack, buckets: Buckets, bucket: Resource): Statement[] | undefined {
    const found = buckets
        .of(bucket, "BucketPolicy")
        .map((each) => stack.decide(each, () => statementsAt(each.props, "policy"), undefined));
    return found.some((each) => each === undefined) ? undefined : found.flatMap((each) => each ?? []);
}

/** Whether a statement is about a bucket itself, or about all objects in it. */
export function isAbout({ resources }: Statement, what: "bucket" | "objects"): boolean {
    const form = what === "bucket" ? /^arn:aws[^:]*:s3:::[^/]+$/ : /^arn:aws[^:]*:s3:::[^/]+\/\*$/;
    return resources.some((resource) => resource === "*" || form.test(resource));
}

/** Rules of a lifecycle that are on, and for the whole bucket. */
export function wholeRules(lifecycle: Reader): Reader[] {
    return lifecycle.list("rules").filter((rule) => {
        const narrower = ["filter.prefix", "prefix"].some((path) => (rule.text(path) ?? "") !== "");
        const other = ["filter.tag", "filter.and", "filter.objectSizeGreaterThan", "filter.objectSizeLessThan"];
        return rule.text("status") === "Enabled" && !narrower && !other.some((path) => rule.has(path));
    });
}
