import * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";
import { type KeyPurpose, describe, keyPolicy } from "./key-policy";

export { KEY_PURPOSES, type KeyPurpose } from "./key-policy";

/** Arguments of {@link Keys}. */
export interface KeysArgs {
    readonly platform: Platform;
}

/**
 * One customer-managed key a purpose, so that whoever may read one kind of data cannot read the others, and each can be
 * revoked alone. $1 a key and month (nine keys), and $1 more after each of the first two yearly rotations.
 *
 * The Auto Scaling service-linked role must exist before the first deployment into an account, see key-policy.ts.
 */
export class Keys extends pulumi.ComponentResource {
    /** ARN of the key for each purpose. */
    readonly arns: Record<KeyPurpose, pulumi.Output<string>>;

    constructor(name: string, args: KeysArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:foundation:Keys", name, {}, opts);

        const key = (purpose: KeyPurpose) =>
            createKey(`${name}-${purpose}`, purpose, args.platform, { parent: this }).arn;
        this.arns = {
            cluster: key("cluster"),
            volumes: key("volumes"),
            brokers: key("brokers"),
            database: key("database"),
            logs: key("logs"),
            archive: key("archive"),
            state: key("state"),
            backup: key("backup"),
            messages: key("messages"),
        };

        this.registerOutputs({ arns: this.arns });
    }
}

/** A key with its alias `alias/<platform>/<purpose>`. */
function createKey(name: string, purpose: KeyPurpose, platform: Platform, opts: pulumi.CustomResourceOptions): kms.Key {
    const key = new kms.Key(
        name,
        {
            description: `${platform.name}: ${describe(purpose)}`,
            policy: JSON.stringify(keyPolicy(purpose, platform)),
            enableKeyRotation: true,
            // The longest that AWS offers: a deleted key takes all that it encrypted with it.
            deletionWindowInDays: 30,
            tags: { Name: `${platform.name}-${purpose}`, "openclaw/purpose": purpose },
        },
        { ...opts, protect: platform.protect },
    );
    new kms.Alias(`${name}-alias`, { name: `alias/${platform.name}/${purpose}`, targetKeyId: key.keyId }, opts);
    return key;
}
