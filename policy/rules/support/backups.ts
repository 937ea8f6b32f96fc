import type { Resource, Stack } from "../../engine/resource";
import type { Reader } from "../../engine/value";

export const PLAN = "aws:backup/plan:Plan";
export const VAULT = "aws:backup/vault:Vault";
export const VAULT_LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration";

/** The region that resources without one of their own are in; undefined where several providers make it uncertain. */
export function homeRegion(stack: Stack): string | undefined {
    const regions = stack
        .ofType("pulumi:providers:aws")
        .map((provider) => stack.decide(provider, () => provider.props.text("region"), undefined));
    return new Set(regions).size === 1 ? regions[0] : undefined;
}

export interface VaultName {
    readonly name: string;
    /** Undefined where the region is the provider's, and that is not known. */
    readonly region?: string;
}

/** A vault that a plan or a lock names, in the region of what names it. */
export function vaultAt(stack: Stack, props: Reader, name: string): VaultName {
    return { name, region: props.text("region") ?? homeRegion(stack) };
}

/** The vault of an ARN, as `arn:aws:backup:us-west-2:111122223333:backup-vault:daily`. */
export function vaultOf(arn: string | undefined): VaultName | undefined {
    const [, region, name] = /^arn:aws[^:]*:backup:([^:]+):\d{12}:backup-vault:(.+)$/.exec(arn ?? "") ?? [];
    return name === undefined ? undefined : { name, region };
}

/** A rule of a plan: what it keeps, where and how long. */
export interface PlanRule {
    readonly plan: Resource;
    readonly props: Reader;
    readonly title: string;
}

/** The rules of every plan, each looked at by itself. */
export function eachPlanRule(stack: Stack, look: (rule: PlanRule) => void): void {
    for (const plan of stack.ofType(PLAN)) {
        for (const [index, props] of stack.decide(plan, () => plan.props.list("rules"), []).entries()) {
            stack.decide(
                plan,
                () => look({ plan, props, title: `rule ${props.text("ruleName") ?? index}` }),
                undefined,
            );
        }
    }
}
