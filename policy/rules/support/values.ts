import type { ReportResource } from "../../engine/rule";
import { type Reader, Undecided } from "../../engine/value";
import { each } from "./kubernetes";

/** One thing to look at; what it reads may be unknown without hiding the others. */
export type Look = () => void;

/** Looks at each by itself: what is unknown for one does not keep the others from being seen. */
export function inTurn(...looks: readonly Look[]): void {
    each(looks, (look) => look());
}

/** Whether what a rule would read is known already; nothing is told of it. */
export function isKnown(read: () => unknown): boolean {
    try {
        read();
        return true;
    } catch (error) {
        if (error instanceof Undecided) return false;
        throw error;
    }
}

/** A flag must be there and have this value: a default that is safe today is still not a promise. */
export function requireFlag(props: Reader, path: string, wanted: boolean, report: ReportResource): void {
    const value = props.flag(path);
    if (value === undefined) report(`has no ${path}, it must be ${wanted}`);
    else if (value !== wanted) report(`has ${path} ${value}, it must be ${wanted}`);
}

/** A number must be there, and within bounds. */
export function requireNumber(
    props: Reader,
    path: string,
    { least = -Infinity, most = Infinity }: { readonly least?: number; readonly most?: number },
    report: ReportResource,
): void {
    const value = props.number(path);
    if (value === undefined) report(`has no ${path}, ${within(least, most)}`);
    else if (value < least || value > most) report(`has ${path} ${value}, ${within(least, most)}`);
}

function within(least: number, most: number): string {
    if (most === Infinity) return `at least ${least} is required`;
    return least === -Infinity ? `at most ${most} is allowed` : `${least} to ${most} is required`;
}

/** A text must be there and be one of these. */
export function requireOneOf(props: Reader, path: string, allowed: readonly string[], report: ReportResource): void {
    const value = props.text(path);
    const wanted = `${allowed.length > 1 ? "one of " : ""}${allowed.join(", ")} is required`;
    if (value === undefined) report(`has no ${path}, ${wanted}`);
    else if (!allowed.includes(value)) report(`has ${path} ${value}, ${wanted}`);
}

/** A text must be there and have this form. */
export function requireForm(props: Reader, path: string, form: RegExp, what: string, report: ReportResource): void {
    const value = props.text(path);
    if (value === undefined) report(`has no ${path}, ${what} is required`);
    else if (!form.test(value)) report(`has ${path} ${JSON.stringify(value)}, ${what} is required`);
}

/** ARN of a key or an alias, an alias, or a key's id; `alias/aws/` are keys of AWS, which no policy of ours rules. */
const CUSTOMER_KEY =
    /^(arn:aws[^:]*:kms:[^:]+:\d{12}:(key|alias(?!\/aws\/))\/.+|alias\/(?!aws\/).+|(mrk-)?[0-9a-f-]{32,})$/;

/** The ARN, id or alias of a customer managed key must be there. */
export function requireCustomerKey(props: Reader, path: string, report: ReportResource): void {
    requireForm(props, path, CUSTOMER_KEY, "a customer managed key", report);
}

const ROLE = /^arn:aws[^:]*:iam::\d{12}:role\/.+$/;

/** The ARN of an IAM role must be there. */
export function requireRole(props: Reader, path: string, report: ReportResource): void {
    requireForm(props, path, ROLE, "the ARN of a role", report);
}
