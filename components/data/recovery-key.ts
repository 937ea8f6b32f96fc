import * as kms from "@pulumi/aws/kms";
import type * as pulumi from "@pulumi/pulumi";
import { keyPolicy } from "../foundation/key-policy";
import type { Platform } from "../platform";

/**
 * The key for copies in a second region, where the platform's other keys do not reach: $1 a month. AWS encrypts a copy
 * of an Aurora snapshot anew, under the key of the vault that it goes to.
 */
export function createCopyKey(
    name: string,
    args: {
        readonly platform: Platform;
        /** Each resource names it, so that one provider, with its account check and tags, serves both regions. */
        readonly region: string;
    },
    child: pulumi.CustomResourceOptions,
): kms.Key {
    const { platform, region } = args;
    const key = new kms.Key(
        `${name}-copy-key`,
        {
            description: `${platform.name}: copies of backups`,
            region,
            enableKeyRotation: true,
            deletionWindowInDays: 30,
            policy: JSON.stringify(keyPolicy("backup", { ...platform, region })),
        },
        { ...child, protect: platform.protect },
    );
    new kms.Alias(
        `${name}-copy-key-alias`,
        { name: `alias/${platform.name}/backup-copy`, targetKeyId: key.keyId, region },
        child,
    );
    return key;
}
