import { dataProtected, groundProtected } from "../../../policy/rules/protection";
import { option, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const UNPROTECTED = { protect: false };

describe("policy: protection against deletion", () => {
    prove(dataProtected, {
        breaks: [
            set("database-cluster", "deletionProtection", false),
            set("archive-bucket", "forceDestroy", true),
            set("recovery-daily-vault", "forceDestroy", true),
            set("telemetry-log", "deletionProtectionEnabled", false),
            ...[
                "database-cluster",
                "archive-bucket",
                "archive-lock",
                "state-versioning",
                "recovery-daily-vault",
                "recovery-daily-vault-lock",
                "keys-archive",
                "telemetry-log",
                "brokers-cluster",
                "topics-decisions",
            ].map((name) => option(name, UNPROTECTED)),
        ],
        missing: unset("database-cluster", "deletionProtection"),
        unknown: unknown("database-cluster", "deletionProtection"),
    });

    prove(groundProtected, {
        breaks: [
            set("cluster-eks", "deletionProtection", false),
            ...["cluster-eks", "network-vpc", "network-nodes-a", "cilium-chart", "agent-nodes-definitions"].map(
                (name) => option(name, UNPROTECTED),
            ),
        ],
        missing: unset("cluster-eks", "deletionProtection"),
        unknown: unknown("cilium-chart", "chart"),
    });
});
