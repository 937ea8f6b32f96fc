import { z } from "zod";
import type { Resource, Stack } from "./resource";
import type { Properties } from "./value";

export type Level = "advisory" | "mandatory" | "remediate" | "disabled";
export type Severity = "low" | "medium" | "high" | "critical";

/** Whose catalogue a reference is from: a control of a framework, or the rule of a peer tool that looks at the same. */
export type Framework =
    | "AWS FSBP"
    | "CIS AWS"
    | "CIS EKS"
    | "NSA/CISA"
    | "Checkov"
    | "Trivy"
    | "Kubescape"
    | "kube-linter"
    | "Polaris"
    | "openclaw";

/** E.g. `Checkov CKV_AWS_338`, `AWS FSBP RDS.7`, `openclaw promise 5`. */
export type Reference = `${Framework} ${string}`;

/** Says that something breaks the rule: what is wrong, with the value, in one sentence without a full stop. */
export type ReportResource = (message: string) => void;
/** The same for a resource of a stack. */
export type ReportStack = (resource: Resource | undefined, message: string) => void;

/** A violation that is accepted for a while. */
export const exception = z.strictObject({
    resource: z.string().min(1).describe("Logical name of the resource, e.g. archive-access-logs-encryption"),
    reason: z.string().min(10).describe("Why the rule may be broken there"),
    until: z.iso.date().describe("Last day on which it may be, e.g. 2027-03-31; after that the rule fails"),
});
export type Exception = z.infer<typeof exception>;

/** What every rule takes in its configuration beside its own settings. */
const common = {
    exceptions: z.array(exception).default([]).describe("Resources that may break the rule, each until a day"),
};

/** What a rule says of itself. */
export interface RuleText {
    /** Unique, in lower case with dashes: the subject first, e.g. `log-group-retention`. */
    readonly name: string;
    /** What holds where the rule is kept, as one sentence. */
    readonly description: string;
    readonly severity: Severity;
    /** Default: mandatory. */
    readonly level?: Level;
    /** At least one. */
    readonly references: readonly [Reference, ...Reference[]];
    /** What to do about a violation, as one or two sentences. */
    readonly remediation: string;
    /** Where the fact behind it is written. */
    readonly url: string;
}

/** A rule made ready with its configuration. */
export interface Check {
    readonly exceptions: readonly Exception[];
    /** For a rule over single resources. */
    readonly resource?: (resource: Resource, report: ReportResource) => void;
    /** For a rule over the whole. */
    readonly stack?: (stack: Stack, report: ReportStack) => void;
    /** Properties that keep the rule; undefined where the resource keeps it already or there is no safe value. */
    readonly remediate?: (resource: Resource, properties: Properties) => Properties | undefined;
}

export interface Rule extends RuleText {
    readonly kind: "resource" | "stack";
    readonly level: Level;
    /** Its settings with their defaults, exceptions among them. */
    readonly settings: z.ZodObject;
    /** Whether a type concerns the rule; a stack rule looks at it only to count. */
    readonly applies: (type: string) => boolean;
    /** The type that concerns it, where that is a single one: resources of others need not even be unpacked for it. */
    readonly onlyType?: string;
    readonly remediates: boolean;
    /** @throws z.ZodError where the configuration does not fit the settings. */
    readonly prepare: (configuration: unknown) => Check;
}

type Shape = Readonly<Record<string, z.ZodType>>;
type SettingsOf<S extends Shape> = z.infer<z.ZodObject<S>>;

interface Definition<S extends Shape> extends RuleText {
    /** Types that the rule looks at. */
    readonly types: readonly string[] | ((type: string) => boolean);
    /** Settings of the rule; each has a default, so that it works without configuration. */
    readonly settings?: S;
}

/** A rule that one resource alone can break. */
export function resourceRule<S extends Shape = Record<never, never>>(
    definition: Definition<S> & {
        readonly check: (resource: Resource, report: ReportResource, settings: SettingsOf<S>) => void;
        readonly remediate?: (
            resource: Resource,
            properties: Properties,
            settings: SettingsOf<S>,
        ) => Properties | undefined;
    },
): Rule {
    const { check, remediate } = definition;
    return rule(definition, "resource", remediate !== undefined, (settings) => ({
        resource: (resource, report) => check(resource, report, settings),
        ...(remediate && { remediate: (resource, properties) => remediate(resource, properties, settings) }),
    }));
}

/** A rule that only the whole stack can break: it compares resources. `types` are those it is about. */
export function stackRule<S extends Shape = Record<never, never>>(
    definition: Definition<S> & {
        readonly check: (stack: Stack, report: ReportStack, settings: SettingsOf<S>) => void;
    },
): Rule {
    const { check } = definition;
    return rule(definition, "stack", false, (settings) => ({
        stack: (stack, report) => check(stack, report, settings),
    }));
}

function rule<S extends Shape>(
    definition: Definition<S>,
    kind: Rule["kind"],
    remediates: boolean,
    checkWith: (settings: SettingsOf<S>) => Omit<Check, "exceptions">,
): Rule {
    const { name, description, severity, level = "mandatory", references, remediation, url, types } = definition;
    const own = z.strictObject(definition.settings ?? {});
    const settings = z.strictObject({ ...definition.settings, ...common });
    return {
        name,
        description,
        severity,
        level,
        references,
        remediation,
        url,
        kind,
        settings,
        remediates,
        applies: typeof types === "function" ? types : ofTypes(types),
        ...(typeof types !== "function" && types.length === 1 && { onlyType: types[0] }),
        prepare: (configuration) => {
            const { exceptions, ...rest } = settings.parse(configuration ?? {});
            return { exceptions: z.array(exception).parse(exceptions), ...checkWith(own.parse(rest) as SettingsOf<S>) };
        },
    };
}

function ofTypes(types: readonly string[]): (type: string) => boolean {
    const set = new Set(types);
    return (type) => set.has(type);
}
