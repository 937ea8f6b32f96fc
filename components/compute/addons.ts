import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as eks from "@pulumi/aws/eks";
import * as pulumi from "@pulumi/pulumi";
import { SYSTEM_VOLUMES } from "../model/capacity";
import { logGroup } from "../operations/log-group";
import type { Platform } from "../platform";
import { EBS_DRIVER_SERVICE_ACCOUNT, OBSERVABILITY_SERVICE_ACCOUNT } from "./identities";
import { type ObservabilityLog, observabilityLogGroupName } from "./observability";

/** The add-ons that need a running network. The Pod Identity agent comes earlier, with Identities. */
type AddonName =
    | "coredns"
    | "aws-ebs-csi-driver"
    | "eks-node-monitoring-agent"
    | "metrics-server"
    | "amazon-cloudwatch-observability";

/** Arguments of {@link Addons}. */
export interface AddonsArgs {
    readonly platform: Platform;
    readonly clusterName: pulumi.Input<string>;
    readonly logsKeyArn: pulumi.Input<string>;
    readonly ebsDriverRoleArn: pulumi.Input<string>;
    readonly observabilityRoleArn: pulumi.Input<string>;
}

/**
 * The cluster's services that AWS maintains, each in the version that is AWS's default for the cluster's Kubernetes
 * version when the add-on is created. It stays until someone updates it, e.g. after an upgrade of the cluster:
 * `aws eks update-addon`.
 *
 * To be created after Cilium and the system nodes: an add-on counts as created
 * when its pods run. Missing on purpose: vpc-cni and kube-proxy, whose places Cilium takes.
 */
export class Addons extends pulumi.ComponentResource {
    /** Log groups of containers, nodes and their metrics. */
    readonly logGroupNames: Record<ObservabilityLog, pulumi.Output<string>>;

    constructor(name: string, args: AddonsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:Addons", name, {}, opts);

        this.addon(name, args, "coredns", {
            // Grows with nodes and cores: hundreds of agents ask it for brokers and database.
            configuration: { autoScaling: { enabled: true, minReplicas: 2, maxReplicas: 10 } },
        });
        this.addon(name, args, "aws-ebs-csi-driver", {
            configuration: {
                // Tags each volume as this cluster's own: the driver's role ends there.
                controller: { k8sTagClusterId: args.platform.name, extraVolumeTags: args.platform.tags },
                node: {
                    // With hop limit 1 the metadata service answers only on the host's network; without it the driver
                    // would not see the network interfaces that share attachments with volumes.
                    hostNetwork: true,
                    reservedVolumeAttachments: SYSTEM_VOLUMES,
                },
            },
            identity: { serviceAccount: EBS_DRIVER_SERVICE_ACCOUNT, roleArn: args.ebsDriverRoleArn },
        });
        this.addon(name, args, "eks-node-monitoring-agent", {});
        this.addon(name, args, "metrics-server", {});

        const group = (log: ObservabilityLog): cloudwatch.LogGroup =>
            logGroup(
                `${name}-logs-${log}`,
                {
                    logGroupName: observabilityLogGroupName(args.platform.name, log),
                    platform: args.platform,
                    kmsKeyArn: args.logsKeyArn,
                },
                { parent: this },
            );
        const groups = {
            application: group("application"),
            dataplane: group("dataplane"),
            host: group("host"),
            performance: group("performance"),
        };
        this.addon(name, args, "amazon-cloudwatch-observability", {
            // Naming the metrics leaves Application Signals out: nothing here is instrumented for it. What it runs on each
            // node tolerates every taint, so the nodes of agents are watched too (the add-on's default).
            configuration: {
                agent: {
                    config: {
                        logs: { metrics_collected: { kubernetes: { enhanced_container_insights: true } } },
                    },
                },
            },
            identity: { serviceAccount: OBSERVABILITY_SERVICE_ACCOUNT, roleArn: args.observabilityRoleArn },
            dependsOn: Object.values(groups),
        });

        this.logGroupNames = {
            application: groups.application.name,
            dataplane: groups.dataplane.name,
            host: groups.host.name,
            performance: groups.performance.name,
        };
        this.registerOutputs({ logGroupNames: this.logGroupNames });
    }

    private addon(
        name: string,
        args: AddonsArgs,
        addonName: AddonName,
        options: {
            configuration?: Record<string, unknown>;
            identity?: { serviceAccount: string; roleArn: pulumi.Input<string> };
            dependsOn?: pulumi.Resource[];
        },
    ): void {
        new eks.Addon(
            `${name}-${addonName}`,
            {
                clusterName: args.clusterName,
                addonName,
                configurationValues: options.configuration && JSON.stringify(options.configuration),
                podIdentityAssociations: options.identity && [options.identity],
                // What was changed by hand in the cluster is put right by the next update.
                resolveConflictsOnCreate: "OVERWRITE",
                resolveConflictsOnUpdate: "OVERWRITE",
                // Leaving the add-on's management does not take it out of a running cluster.
                preserve: true,
            },
            { parent: this, dependsOn: options.dependsOn },
        );
    }
}
