import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../components/platform";
import type { Settings } from "../settings/schema";

/** What every tier is given. */
export interface Context {
    readonly config: Settings;
    readonly platform: Platform;
    /** The provider of the stack, and no other. */
    readonly opts: pulumi.ComponentResourceOptions & { readonly providers: pulumi.ProviderResource[] };
}
