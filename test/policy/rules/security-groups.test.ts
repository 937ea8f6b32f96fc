import * as rules from "../../../policy/rules/security-groups";
import { all, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const INGRESS = "cluster-control-plane-from-vpc";
const EGRESS = "cluster-nodes-to-https";
const AMONG = "cluster-nodes-from-nodes";

describe("policy: security groups", () => {
    prove(rules.securityGroupSources, {
        breaks: [
            set(INGRESS, "cidrIpv4", "0.0.0.0/0"),
            set(INGRESS, "cidrIpv4", "203.0.113.0/24"),
            set(INGRESS, "cidrIpv6", "::/0"),
        ],
        missing: unset(INGRESS, "cidrIpv4"),
        unknown: unknown(INGRESS, "cidrIpv4"),
    });

    prove(rules.securityGroupPorts, {
        breaks: [
            set(INGRESS, "ipProtocol", "-1"),
            set(INGRESS, "toPort", 444),
            set(INGRESS, "fromPort", 0),
            set(AMONG, "referencedSecurityGroupId", "sg-other"),
        ],
        missing: unset(INGRESS, "fromPort"),
        unknown: unknown(INGRESS, "toPort"),
    });

    prove(rules.securityGroupWaysOut, {
        breaks: [
            all(set(EGRESS, "fromPort", 22), set(EGRESS, "toPort", 22)),
            set("cluster-nodes-to-vpc-5432", "cidrIpv4", "0.0.0.0/0"),
            set("cluster-nodes-to-vpc-5432", "cidrIpv6", "::/0"),
        ],
        missing: unset(EGRESS, "cidrIpv4"),
        unknown: unknown(EGRESS, "cidrIpv4"),
    });

    prove(rules.securityGroupInline, {
        breaks: [
            set("database-access", "ingress", [{ protocol: "tcp", fromPort: 5432, toPort: 5432, self: true }]),
            set("database-access", "egress", [{ protocol: "tcp", fromPort: 443, toPort: 443, self: true }]),
        ],
        missing: {
            passes: unset("database-access", "description"),
            because: "a group without rules lets nothing through",
        },
        unknown: unknown("database-access", "ingress"),
    });

    prove(rules.securityGroupDescriptions, {
        breaks: [set("database-access", "description", "Managed by Pulumi"), set(INGRESS, "description", "")],
        missing: unset(INGRESS, "description"),
        unknown: unknown(INGRESS, "description"),
    });

    prove(rules.securityGroupChosen, {
        breaks: [
            set("cluster-eks", "vpcConfig.securityGroupIds", []),
            set("brokers-cluster", "brokerNodeGroupInfo.securityGroups", []),
            unset("system-nodes-template", "networkInterfaces.0.securityGroups"),
            unset("network-endpoint-kms", "securityGroupIds"),
        ],
        missing: unset("brokers-cluster", "brokerNodeGroupInfo.securityGroups"),
        unknown: unknown("network-endpoint-kms", "securityGroupIds"),
    });
});
