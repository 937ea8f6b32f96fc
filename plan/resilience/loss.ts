import type { Gateway } from "./inventory/network";
import type { SystemGroup } from "./inventory/services";
import type { DatabaseInstance } from "./inventory/database";
import type { Vault } from "./inventory/backups";
import type { Inventory } from "./inventory";

/** Something from which data could be restored, or that keeps it. */
export type Backup =
    | { readonly kind: "point-in-time" }
    | { readonly kind: "vault"; readonly vault: Vault }
    | { readonly kind: "archive" }
    | { readonly kind: "state"; readonly bucket: string };

/** One part that is taken away. */
export type Loss =
    | { readonly kind: "zone"; readonly zone: string }
    | { readonly kind: "agent-node" }
    | { readonly kind: "system-node"; readonly group?: SystemGroup }
    | { readonly kind: "broker"; readonly broker: number }
    | { readonly kind: "database-instance"; readonly instance: DatabaseInstance }
    | { readonly kind: "nat-gateway"; readonly gateway: Gateway }
    | { readonly kind: "backup"; readonly backup: Backup };

/** All zones in which something stands. */
export function zonesIn({ network, brokers, database, systemGroups }: Inventory): string[] {
    return [
        ...new Set([
            ...network.zones,
            ...network.controlPlaneZones,
            ...systemGroups.flatMap(({ zones }) => zones),
            ...(brokers?.zones ?? []),
            ...(database?.zones ?? []),
            ...(database?.instances ?? []).map(({ zone }) => zone).filter((zone) => zone !== undefined),
            ...network.gateways.map(({ zone }) => zone).filter((zone) => zone !== undefined),
        ]),
    ].sort();
}
