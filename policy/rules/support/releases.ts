import type { Resource, Stack } from "../../engine/resource";
import { type Rule, stackRule } from "../../engine/rule";
import type { Reader } from "../../engine/value";

export const RELEASE = "kubernetes:helm.sh/v3:Release";

/** Releases of a chart, by the end of its address. */
export function releasesOf(stack: Stack, chart: string): Resource[] {
    return stack
        .ofType(RELEASE)
        .filter((resource) =>
            stack.decide(resource, () => (resource.props.text("chart") ?? "").endsWith(`/${chart}`), false),
        );
}

/** A rule over the values of the releases of one chart. */
export function chartRule(
    chart: string,
    text: Omit<Parameters<typeof stackRule>[0], "types" | "check">,
    look: (values: Reader, report: (message: string) => void) => void,
): Rule {
    return stackRule({
        ...text,
        types: [RELEASE],
        check(stack, report) {
            stack.each(releasesOf(stack, chart), (resource) => {
                look(resource.props.get("values"), (message) => report(resource, message));
            });
        },
    });
}
