import type { Resource } from "../../engine/resource";
import type { Reader } from "../../engine/value";

export const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
export const EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
/** The older way: one resource for both directions. */
export const OLDER_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";

export type Direction = "ingress" | "egress";

export function directionOf({ type, props }: Resource): Direction | undefined {
    if (type === INGRESS_RULE) return "ingress";
    if (type === EGRESS_RULE) return "egress";
    const older = props.text("type");
    return older === "ingress" || older === "egress" ? older : undefined;
}

/** The ranges of addresses that a rule names, of both families. */
export function rangesOf({ type, props }: Resource): readonly Reader[] {
    if (type === OLDER_RULE) return [...props.list("cidrBlocks"), ...props.list("ipv6CidrBlocks")];
    return ["cidrIpv4", "cidrIpv6"].filter((path) => props.has(path)).map((path) => props.get(path));
}

/** Whether a rule names anyone at all. */
export function namesSomeone({ type, props }: Resource): boolean {
    const paths =
        type === OLDER_RULE
            ? ["cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "sourceSecurityGroupId", "self"]
            : ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];
    return paths.some((path) => props.has(path));
}

/** Whether a rule is between members of one group alone. */
export function isAmongItself({ type, props }: Resource): boolean {
    if (type === OLDER_RULE && props.flag("self") === true) return true;
    const other = props.text(type === OLDER_RULE ? "sourceSecurityGroupId" : "referencedSecurityGroupId");
    return other !== undefined && other === props.text("securityGroupId");
}

export function protocolOf({ type, props }: Resource): string | undefined {
    const value = props.text(type === OLDER_RULE ? "protocol" : "ipProtocol");
    return value === "all" ? "-1" : value;
}
