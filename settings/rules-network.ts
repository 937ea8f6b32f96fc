import { isPrivate, parseCidr } from "../components/model/addresses";
import { type Found, rule } from "./rule";

/* Zones and addresses. */

export const zonesAreInTheRegion = rule(["region", "network"], ({ region, network }) =>
    (["zones", "statefulZones"] as const).flatMap((list) =>
        network[list].flatMap((zone, index): Found[] =>
            zone.slice(0, -1) === region
                ? []
                : [
                      [
                          ["network", list, index],
                          zone,
                          `must be a zone of the region ${region}`,
                          `${region}${"abc"[index]}`,
                      ],
                  ],
        ),
    ),
);

export const statefulZonesHaveNodes = rule(["network"], ({ network: { zones, statefulZones } }) => {
    const missing = statefulZones.filter((zone) => !zones.includes(zone));
    if (missing.length > 0) {
        const text = `must be among the zones of the nodes (${zones.join(", ")}); ${missing.join(", ")} is not`;
        return [[["network", "statefulZones"], statefulZones, text, zones.slice(0, statefulZones.length)]];
    }
    return [];
});

// https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html: zone ids in which control planes cannot be.
export const controlPlaneZones = rule(["network"], ({ network: { statefulZones } }): Found[] =>
    statefulZones.includes("us-east-1e")
        ? [
              [
                  ["network", "statefulZones"],
                  statefulZones,
                  "must not name us-east-1e, where EKS has no control planes",
                  ["us-east-1a", "us-east-1b"],
              ],
          ]
        : [],
);

export const rangeIsPrivate = rule(["network"], ({ network: { cidr } }): Found[] => {
    const prefix = Number(cidr.split("/")[1]);
    const text =
        "must be a private range from /16 to /20 (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10) that starts at its own boundary";
    if (prefix < 16 || prefix > 20 || !startsAtBoundary(cidr) || !isPrivate(cidr)) {
        return [[["network", "cidr"], cidr, text, "10.64.0.0/16"]];
    }
    return [];
});

function startsAtBoundary(cidr: string): boolean {
    try {
        parseCidr(cidr);
        return true;
    } catch {
        return false;
    }
}
