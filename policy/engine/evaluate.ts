import type { Configured } from "./configuration";
import type { Resource, Stack } from "./resource";
import type { Exception, Level, Rule } from "./rule";
import { Undecided } from "./value";

/** Something that a rule says of a resource, or of the stack where it names none. */
export interface Finding {
    readonly resource?: Resource;
    readonly message: string;
}

/** What a rule found. */
export interface Outcome {
    readonly rule: Rule;
    readonly level: Level;
    /** Resources that concern the rule. None: it says nothing of this stack. */
    readonly looked: number;
    readonly violations: readonly Finding[];
    /** Where values are not known yet, so that it could not decide. */
    readonly undecided: readonly Finding[];
    /** Violations under an exception that holds today. */
    readonly excepted: readonly (Finding & { readonly exception: Exception })[];
    /** Exceptions that no violation needs any more. */
    readonly unused: readonly Exception[];
}

/** Evaluates rules over a stack. `today` decides which exceptions hold, as 2027-03-31. */
export function evaluateRules(rules: readonly Configured[], stack: Stack, today: string): Outcome[] {
    return rules
        .filter(({ level }) => level !== "disabled")
        .map((configured) => evaluateRule(configured, stack, today));
}

/** What one rule finds. */
export function evaluateRule({ rule, level, check }: Configured, whole: Stack, today: string): Outcome {
    const found: Finding[] = [];
    const undecided: Finding[] = [];
    const concerned = whole.matching(rule.applies);
    const unknown = (resource: Resource | undefined, path: string) =>
        undecided.push({ resource, message: `${path} is not known yet` });

    if (check.resource) {
        for (const resource of concerned) {
            try {
                check.resource(resource, (message) => found.push({ resource, message }));
            } catch (error) {
                if (!(error instanceof Undecided)) throw error;
                unknown(resource, error.path);
            }
        }
    }
    if (check.stack) {
        const stack = whole.fresh();
        try {
            check.stack(stack, (resource, message) => found.push({ resource, message }));
        } catch (error) {
            if (!(error instanceof Undecided)) throw error;
            unknown(undefined, error.path);
        }
        for (const { resource, path } of stack.undecided) unknown(resource, path);
    }
    return { rule, level, looked: concerned.length, undecided, ...judge(found, check.exceptions, today) };
}

/** Takes out what exceptions allow; one that has ended is a violation itself. */
function judge(found: readonly Finding[], exceptions: readonly Exception[], today: string) {
    const holds = new Map(exceptions.filter(({ until }) => until >= today).map((each) => [each.resource, each]));
    const violations: Finding[] = [];
    const excepted: (Finding & { exception: Exception })[] = [];
    for (const finding of found) {
        const exception = finding.resource && holds.get(finding.resource.name);
        if (exception) excepted.push({ ...finding, exception });
        else violations.push(finding);
    }
    for (const { resource, until, reason } of exceptions) {
        if (until >= today) continue;
        violations.push({
            message: `the exception for ${resource} ended on ${until} (${reason}): mend the resource, or renew the exception`,
        });
    }
    const used = new Set(excepted.map(({ exception }) => exception));
    return { violations, excepted, unused: [...holds.values()].filter((each) => !used.has(each)) };
}
