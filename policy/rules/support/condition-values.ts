import type { Condition } from "./statements";

/** Forms of the values of condition keys, by what the key ends or begins with. */
const FORMS: readonly (readonly [key: RegExp, form: RegExp, what: string])[] = [
    [/^aws:(source|principal|resource)account$/, /^\d{12}$/, "an account"],
    [/(^aws:sourcearn|^aws:principalarn|-arn|profilearn|resourceidentifier)$/, /^arn:aws/, "an ARN"],
    [/^aws:requestedregion$/, /^[a-z]{2}(-[a-z]+)+-\d$/, "a region"],
    [/^aws:sourcevpc$/, /^vpc-/, "a VPC"],
    [/^aws:sourcevpce$/, /^vpce-/, "an endpoint"],
    [/^kms:viaservice$/, /^[a-z0-9-]+\.([a-z0-9-]+|\*)\.amazonaws\.com/, "a service"],
    [/^iam:passedtoservice$/, /^[a-z0-9.-]+\.amazonaws\.com/, "a service"],
    [/^(aws:securetransport|kms:grantisforawsresource)$/, /^(true|false)$/, "true or false"],
    [/^ec2:createaction$/, /^[A-Z][A-Za-z]+$/, "an action"],
    [/^aws:(request|resource)tag\/kubernetes\.io\/cluster\//, /^(owned|shared)$/, "owned or shared"],
    [/^cloudwatch:namespace$/, /^[A-Z]/, "a namespace of metrics"],
];

const OPERATOR =
    /^(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals(IgnoreCase)?|Like)|Arn(Not)?(Equals|Like)|Numeric\w+|Date\w+|Bool|BinaryEquals|(Not)?IpAddress|Null)(IfExists)?$/;

/** What is wrong with a condition: one that compares with what can never be holds always, or never. */
export function faultOf({ operator, key, values }: Condition): string | undefined {
    if (!OPERATOR.test(operator)) return `has the condition ${operator}, which is none`;
    if (values.length === 0) return `compares ${key} with nothing`;
    for (const [keys, form, what] of FORMS) {
        if (!keys.test(key.toLowerCase())) continue;
        const wrong = values.find((value) => !form.test(value));
        if (wrong !== undefined) return `compares ${key} with ${wrong || "nothing"}, which is not ${what}`;
    }
    return undefined;
}
