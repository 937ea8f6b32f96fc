import type { Resource } from "../../engine/resource";
import { type ReportResource, type Rule, stackRule } from "../../engine/rule";
import type { Reader } from "../../engine/value";
import { BUCKET_TYPES, Buckets, type Kind, policyOf } from "./buckets";
import type { Statement } from "./statements";

type Definition = Omit<Parameters<typeof stackRule>[0], "types" | "check" | "settings">;
/** A rule over every bucket, by what is said of it in resources of a kind. */
export function saidOfEachBucket(
    definition: Definition & {
        readonly kind: Kind;
        /** What is wrong where nothing is said. */
        readonly lacking: string;
        readonly look: (said: Reader, report: ReportResource, isLogTarget: boolean) => void;
    },
): Rule {
    const { kind, lacking, look, ...text } = definition;
    return stackRule({
        ...text,
        types: BUCKET_TYPES,
        check(stack, report) {
            const buckets = new Buckets(stack);
            for (const bucket of buckets.all) {
                const said = buckets.of(bucket, kind);
                if (said.length === 0) report(bucket, lacking);
                stack.each(said, (each) =>
                    look(each.props, (message) => report(each, message), buckets.logTargets.has(bucket)),
                );
            }
        },
    });
}

/** A rule over what every bucket's policy refuses. */
export function refusedByEachBucket(
    definition: Definition & {
        readonly message: string;
        readonly among?: (buckets: Buckets) => readonly Resource[];
        readonly refuses: (statements: readonly Statement[]) => boolean;
    },
): Rule {
    const { message, among = ({ all }) => all, refuses, ...text } = definition;
    return stackRule({
        ...text,
        types: BUCKET_TYPES,
        check(stack, report) {
            const buckets = new Buckets(stack);
            for (const bucket of among(buckets)) {
                const statements = policyOf(stack, buckets, bucket);
                if (statements && !refuses(statements)) report(bucket, message);
            }
        },
    });
}
