import type { Inventory } from "../inventory";
import type { Gateway } from "../inventory/network";

/** Zones, of the given ones, from which nothing leads to the internet any more. */
export function zonesCutOff(
    { network }: Inventory,
    zones: readonly string[],
    isLost: (gateway: Gateway) => boolean,
): string[] {
    const leads = (id: string | undefined): boolean =>
        network.gateways.some((gateway) => gateway.id === id && gateway.zone !== undefined && !isLost(gateway));
    return zones.filter((zone) => {
        const subnets = network.nodeSubnets.filter((subnet) => subnet.zone === zone);
        return subnets.length === 0 || subnets.some(({ gateway }) => !leads(gateway));
    });
}

/** What a new node in some of the zones can no longer pull, and in which. */
export function registriesOutOfReach(
    inventory: Inventory,
    zones: readonly string[],
    isLost: (gateway: Gateway) => boolean,
): { readonly registries: readonly string[]; readonly cut: readonly string[] } {
    const cut = zonesCutOff(inventory, zones, isLost);
    return { registries: cut.length > 0 ? inventory.nodes.registries : [], cut };
}
