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

/** Whether something is in another region than the vault that it names: AWS then looks for a vault of that name there. */
export function isElsewhere(vault: Resource, { props }: Resource): boolean {
    return props.text("region") !== vault.props.text("region");
}

/** The vaults of a stack, by region and name. While one of them is not known yet, nothing can be said to be lacking. */
export function vaultsOf(stack: Stack): { readonly lacks: (vault: VaultName) => boolean } {
    const key = ({ name, region = "" }: VaultName) => `${region} ${name}`;
    const found = stack
        .ofType(VAULT)
        .map((vault) =>
            stack.decide(vault, () => key(vaultAt(stack, vault.props, vault.props.text("name") ?? "")), undefined),
        );
    return { lacks: (vault) => !found.includes(key(vault)) && !found.includes(undefined) };
}
