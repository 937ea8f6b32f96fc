import type { Api } from "./api";
import { keyOf, type PersistentVolumeClaim } from "./objects";
import { type Nodes, VOLUME_DRIVER, ZONE_LABEL } from "./nodes";

const SELECTED_NODE = "volume.kubernetes.io/selected-node";

/**
 * Stands in for the EBS driver: makes a volume in the zone of the node that the scheduler chose, pinned to that zone, which
 * is what holds an agent in its zone. The controller manager binds it, as it does in AWS.
 */
export class VolumeDriver {
    readonly #made = new Set<string>();

    constructor(
        private readonly api: Api,
        private readonly nodes: Nodes,
    ) {}

    start(): void {
        this.api.watch<PersistentVolumeClaim>("/api/v1/persistentvolumeclaims", {
            seen: (claim) => void this.#provision(claim),
            gone: () => undefined,
        });
    }

    async #provision(claim: PersistentVolumeClaim): Promise<void> {
        const { metadata, spec } = claim;
        const node = metadata.annotations?.[SELECTED_NODE];
        const { uid } = metadata;
        if (node === undefined || uid === undefined || spec.volumeName !== undefined) return;
        // A zone that is lost makes no volumes either.
        const zone = this.nodes.isAlive(node) ? this.nodes.zoneOf(node) : undefined;
        if (zone === undefined || this.#made.has(uid)) return;
        this.#made.add(uid);
        try {
            await this.api.create("/api/v1/persistentvolumes", volume(claim, uid, zone));
        } catch (error) {
            this.#made.delete(uid);
            process.stderr.write(`no volume for ${keyOf(claim)}: ${String(error)}\n`);
        }
    }
}

function volume({ metadata, spec }: PersistentVolumeClaim, uid: string, zone: string): object {
    return {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: `pvc-${uid}`, annotations: { "pv.kubernetes.io/provisioned-by": VOLUME_DRIVER } },
        spec: {
            capacity: { storage: spec.resources.requests.storage },
            accessModes: spec.accessModes,
            storageClassName: spec.storageClassName,
            persistentVolumeReclaimPolicy: "Retain",
            claimRef: {
                apiVersion: "v1",
                kind: "PersistentVolumeClaim",
                namespace: metadata.namespace,
                name: metadata.name,
                uid,
            },
            csi: { driver: VOLUME_DRIVER, volumeHandle: `vol-${uid.replaceAll("-", "").slice(0, 17)}`, fsType: "ext4" },
            nodeAffinity: {
                required: {
                    nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE_LABEL, operator: "In", values: [zone] }] }],
                },
            },
        },
    };
}
