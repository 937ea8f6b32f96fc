import {
    type PolicyConfigSchema,
    type PolicyResource,
    type ResourceValidationArgs,
    type ResourceValidationPolicy,
    type StackValidationArgs,
    type StackValidationPolicy,
    validateResourceOfType,
} from "@pulumi/policy";
import * as proxy from "@pulumi/policy/proxy";
import { Resource } from "@pulumi/pulumi";
import { z } from "zod";
import { configure } from "./configuration";
import { evaluateRule, type Finding, type Outcome } from "./evaluate";
import { type Resource as Seen, resourceOf, Stack } from "./resource";
import type { Exception, Rule } from "./rule";
import { type Properties, Reader, UNKNOWN } from "./value";

/** The package exports these, and leaves them out of its declarations. */
interface Proxies {
    readonly isSpecialProxy: string;
    readonly getSpecialProxyTarget: string;
    readonly UnknownValueError: new (mark: string, path: readonly string[]) => Error;
}
const { isSpecialProxy, getSpecialProxyTarget, UnknownValueError } = proxy as unknown as Proxies;

/** Of what is undecided: more would hide the rest of a preview. */
const MOST_PLACES = 10;

type Report = (message: string, urn?: string) => void;

type Policy = ResourceValidationPolicy | StackValidationPolicy;
/** What the program asked for, by URN. */
type Asked = Map<string, Properties>;

/**
 * The rules as Pulumi's engine runs them. `today` decides which exceptions hold, as 2027-03-31.
 *
 * For rules over the whole the engine sends outputs alone, and those of a provider that is not configured yet are empty: in the
 * first preview of a stack whose cluster is still to be made, no object of Kubernetes would have anything in it. So what was
 * asked for is kept from the look at each resource, which comes first.
 */
export function policiesOf(rules: readonly Rule[], today: string): Policy[] {
    const asked: Asked = new Map();
    return rules.map((rule) => policyOf(rule, today, asked));
}

function policyOf(rule: Rule, today: string, asked: Asked): Policy {
    const text = {
        name: rule.name,
        description: rule.description,
        enforcementLevel: rule.level,
        severity: rule.severity,
        framework: { name: "openclaw", version: "1", reference: rule.references.join(", "), specification: rule.url },
        remediationSteps: rule.remediation,
        url: rule.url,
        configSchema: configSchemaOf(rule),
    };
    if (rule.kind === "stack") {
        return {
            ...text,
            validateStack: (args, report) => tell(outcomeIn(rule, args, stackOf(args, asked), today), rule, report),
        };
    }
    const { onlyType } = rule;
    const judge = (args: ResourceValidationArgs, report: Report) => {
        asked.set(args.urn, propertiesOf(args.props));
        if (!rule.applies(args.type)) passOver(args);
        tell(outcomeIn(rule, args, new Stack([resourceFrom(args)]), today), rule, report);
    };
    return {
        ...text,
        validateResource:
            onlyType === undefined
                ? judge
                : validateResourceOfType(classOf(onlyType), (_props, args, report) => judge(args, report)),
        ...(rule.remediates && {
            remediateResource: (args: ResourceValidationArgs) => {
                if (!rule.applies(args.type)) return undefined;
                const [configured] = configure([rule], { [rule.name]: args.getConfig<object>() });
                return configured?.check.remediate?.(resourceFrom(args), propertiesOf(args.props));
            },
        }),
    };
}

/** What the engine's library knows a type by: the static property that the classes of Pulumi's SDKs have. */
function classOf(type: string) {
    return class extends Resource {
        static readonly __pulumiType = type;
    };
}

/** Tells the engine that a rule has nothing to say of a resource: by an error, whose trace nobody reads and everybody would wait for. */
function passOver({ type, notApplicable }: ResourceValidationArgs): void {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
        notApplicable(`is about other types than ${type}`);
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
    }
}

/** The settings of a rule in the form that Pulumi's engine checks a configuration with. */
function configSchemaOf(rule: Rule): PolicyConfigSchema {
    const { properties } = z.toJSONSchema(rule.settings, { io: "input", target: "draft-7" });
    // The same JSON, in the types of another library.
    return { properties: (properties ?? {}) as PolicyConfigSchema["properties"] };
}

function outcomeIn(rule: Rule, args: Pick<ResourceValidationArgs, "getConfig">, stack: Stack, today: string): Outcome {
    const [configured] = configure([rule], { [rule.name]: args.getConfig<object>() });
    if (configured === undefined) throw new Error(`${rule.name} has no configuration`);
    const { resources } = stack;
    // A rule over single resources is asked for each: the others' exceptions are not this one's matter.
    const ours = ({ resource }: Exception) => rule.kind === "stack" || resources.some(({ name }) => name === resource);
    const check = { ...configured.check, exceptions: configured.check.exceptions.filter(ours) };
    return evaluateRule({ ...configured, check }, stack, today);
}

/** Reports violations, and then, as an error that the engine turns into an advisory message, what is undecided. */
function tell({ violations, undecided }: Outcome, rule: Rule, report: Report): void {
    for (const { resource, message } of violations) {
        report(`${message}. ${rule.remediation}`, rule.kind === "stack" ? resource?.urn : undefined);
    }
    if (undecided.length === 0) return;
    const places = [...new Set(undecided.map((finding) => placeOf(finding, rule)))];
    const shown = places.slice(0, MOST_PLACES).join(", ");
    const more = places.length - MOST_PLACES;
    throw new UnknownValueError(UNKNOWN, [more > 0 ? `${shown} and ${more} more` : shown]);
}

/** E.g. `archive-bucket.bucket`; for a single resource, which the engine names itself, the path alone. */
function placeOf({ resource, message }: Finding, rule: Rule): string {
    const [path = ""] = message.split(" ");
    return rule.kind === "stack" && resource ? `${resource.name}.${path}` : path;
}

function stackOf({ resources }: StackValidationArgs, asked: Asked): Stack {
    return new Stack(resources.map((resource) => new StackResource(resource, asked)));
}

/** A resource of the whole. Every rule gets all of them and reads few: only what is read is taken apart. */
class StackResource implements Seen {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly protect: boolean;
    readonly parent?: string;
    #props: Reader | undefined;

    constructor(
        private readonly from: PolicyResource,
        private readonly asked: Asked,
    ) {
        this.urn = from.urn;
        this.type = from.type;
        this.name = from.name;
        this.protect = from.opts.protect;
        this.parent = from.parent?.urn;
    }

    get props(): Reader {
        return (this.#props ??= new Reader({ ...propertiesOf(this.from.props), ...this.asked.get(this.urn) }));
    }

    get propertyDependencies(): Readonly<Record<string, readonly string[]>> {
        const { propertyDependencies } = this.from;
        return Object.fromEntries(
            Object.entries(propertyDependencies).map(([key, found]) => [key, found.map(({ urn }) => urn)]),
        );
    }
}

function resourceFrom({ urn, type, name, props, opts }: ResourceValidationArgs): Seen {
    const properties = propertiesOf(props);
    return resourceOf({
        urn,
        type,
        name,
        protect: opts.protect,
        parent: opts.parent,
        propertyDependencies: {},
        properties,
    });
}

/** The properties without the proxy that throws where one is unknown: rules see the mark and say so themselves. */
function propertiesOf(props: Record<string, unknown>): Properties {
    return (props[isSpecialProxy] === true ? props[getSpecialProxyTarget] : props) as Properties;
}
