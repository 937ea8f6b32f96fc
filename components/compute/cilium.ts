import { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";
import { ciliumValues } from "./cilium-values";

/** Arguments of {@link Cilium}. */
export interface CiliumArgs {
    readonly platform: Platform;
    /** Host of the Kubernetes API, without scheme: there is no kube-proxy by which Cilium could find it. */
    readonly apiServerHost: pulumi.Input<string>;
    /** Tags without which its operator may not touch a network interface. */
    readonly eniTags: Readonly<Record<string, string>>;
}

/**
 * Tested by its makers with Kubernetes 1.33 to 1.36 (its documentation, network/kubernetes/compatibility). One minor
 * version up at a time, after reading its upgrade guide.
 */
export const CILIUM_VERSION = "1.20.1";

/**
 * The cluster's network: addresses, services, policies and bandwidth limits. It stands in for the VPC CNI, which cannot
 * enforce policies and bandwidth limits at once (aws/aws-network-policy-agent#68), and for kube-proxy.
 *
 * To be created after Identities and before the first node. AWS gives no support for it on its nodes, which is why all of
 * it is in this one place.
 */
export class Cilium extends pulumi.ComponentResource {
    readonly version = CILIUM_VERSION;

    constructor(name: string, args: CiliumArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:Cilium", name, {}, opts);
        const { platform } = args;
        new Release(
            `${name}-chart`,
            {
                name: "cilium",
                namespace: "kube-system",
                chart: "oci://quay.io/cilium/charts/cilium",
                version: CILIUM_VERSION,
                values: ciliumValues({
                    clusterName: platform.name,
                    apiServerHost: args.apiServerHost,
                    // What the provider's default tags do for all else: who answers for it, who pays.
                    eniTags: { ...platform.tags, ...args.eniTags },
                }),
                // There is no node yet, and none is ready without it: waiting for its pods would never end.
                skipAwait: true,
                maxHistory: 5,
            },
            // Without it no pod has a network.
            { parent: this, protect: platform.protect },
        );
        this.registerOutputs({});
    }
}
