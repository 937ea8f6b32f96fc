import * as scheduling from "@pulumi/kubernetes/scheduling/v1";
import * as storage from "@pulumi/kubernetes/storage/v1";
import * as pulumi from "@pulumi/pulumi";
import { AGENT_PRIORITY_CLASS, STORAGE_CLASS } from "./spec";
import { nameAfter } from "../known-name";

/** Arguments of {@link AgentStorage}. */
export interface AgentStorageArgs {
    /** ARN of the key for volumes. A change holds for new volumes: those that are there keep their key. */
    readonly volumesKeyArn: pulumi.Input<string>;
}

/** What the agents of all classes share in the cluster: the kind of volume they get, and their rank among pods. */
export class AgentStorage extends pulumi.ComponentResource {
    readonly storageClassName: pulumi.Output<string>;
    readonly priorityClassName: pulumi.Output<string>;

    constructor(name: string, args: AgentStorageArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:AgentStorage", name, {}, opts);
        const parent = { parent: this };

        const volumes = new storage.StorageClass(
            `${name}-state`,
            {
                metadata: { name: STORAGE_CLASS },
                provisioner: "ebs.csi.aws.com",
                // 3,000 IOPS and 125 MiB/s whatever the size, for about $0.08 per GiB and month.
                parameters: { type: "gp3", encrypted: "true", kmsKeyId: args.volumesKeyArn },
                // The scheduler chooses the zone first: a volume made before would decide it.
                volumeBindingMode: "WaitForFirstConsumer",
                // A deleted claim, class or namespace leaves the volume in AWS. Someone has to delete it there.
                reclaimPolicy: "Retain",
                allowVolumeExpansion: true,
            },
            parent,
        );
        const rank = new scheduling.PriorityClass(
            `${name}-priority`,
            {
                metadata: { name: AGENT_PRIORITY_CLASS },
                description: "Agents: before headroom, which makes way for them; after what the cluster itself needs",
                value: 1_000_000,
                globalDefault: false,
            },
            parent,
        );

        this.storageClassName = nameAfter(STORAGE_CLASS, volumes);
        this.priorityClassName = nameAfter(AGENT_PRIORITY_CLASS, rank);
        this.registerOutputs({ storageClassName: this.storageClassName, priorityClassName: this.priorityClassName });
    }
}
