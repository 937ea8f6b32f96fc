import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import type { ZoneSubnet } from "../../../components/foundation/network";
import type { Recorded } from "../../support/record";

export const keyArn = (purpose: string): string => `arn:aws:kms:us-east-1:111122223333:key/${purpose}`;

export const clusterArn = "arn:aws:eks:us-east-1:111122223333:cluster/openclaw-test";

export function subnets(zones: string): ZoneSubnet[] {
    return [...zones].map((letter) => ({
        zone: `us-east-1${letter}`,
        id: pulumi.output(`subnet-${letter}`),
        cidr: "10.64.0.0/19",
    }));
}

export interface Statement {
    readonly Sid?: string;
    readonly Effect: string;
    readonly Principal?: unknown;
    readonly Action: string | string[];
    readonly Resource?: string | string[];
    readonly Condition?: Record<string, Record<string, string | string[]>>;
}

/** The statements of a policy that stands as JSON in a property. */
export function statements(recorded: Recorded, name: string, type: string, property = "policy"): Statement[] {
    const document: unknown = JSON.parse(String(recorded.inputs(name, type)[property]));
    assert.ok(isPolicy(document), `${name} has no policy`);
    return document.Statement;
}

export const rolePolicy = "aws:iam/rolePolicy:RolePolicy";

/** All statements of a role's inline policies. */
export function roleStatements(recorded: Recorded, role: string): Statement[] {
    return recorded
        .ofType(rolePolicy)
        .filter(({ name }) => name.startsWith(`${role}-`))
        .flatMap(({ name }) => statements(recorded, name, rolePolicy));
}

/** What every identity policy must keep to: no wildcard action, and a whole service's resources only under a condition. */
export function assertNarrow(all: readonly Statement[], without: readonly string[] = []): void {
    assert.ok(all.length > 0);
    for (const { Sid, Effect, Action, Resource, Condition } of all) {
        assert.equal(Effect, "Allow");
        for (const action of [Action].flat()) {
            assert.match(action, /^[a-z0-9-]+:[A-Za-z]+(\*$|$)/, `${Sid}: ${action}`);
            assert.ok(!action.endsWith("*") || action === "kms:ReEncrypt*", `${Sid}: ${action}`);
        }
        if ([Resource].flat().includes("*") && !without.includes(Sid ?? "")) {
            assert.ok(Condition, `${Sid} reaches everything without a condition`);
        }
    }
}

export function find(all: readonly Statement[], sid: string): Statement {
    const found = all.find(({ Sid }) => Sid === sid);
    assert.ok(found, `no statement "${sid}"`);
    return found;
}

function isPolicy(document: unknown): document is { Statement: Statement[] } {
    return typeof document === "object" && document !== null && "Statement" in document;
}
