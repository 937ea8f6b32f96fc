import type { Topology, ZoneContent } from "../../document/schema";
import { count, plural } from "../../document/figures";
import { type Html, markup } from "../html";
import { badge, box, type Box, letters, paragraph, squares } from "./canvas";

/* What stands in a zone, and what stands outside the zones; the same in the wide picture and in the tall one. */

/** A narrower column, on a phone with three zones, has room for few words. */
const NARROW = 130;

/** NAT gateway of a zone, or where the zone goes out instead. */
export function wayOut(area: Box, zone: ZoneContent, { zones }: Topology): Html {
    const { x, y, width, height } = area;
    const other = zones.find(({ natGateway }) => natGateway)?.name;
    const words = zone.natGateway ? "NAT gateway" : other === undefined ? "no way out" : `out through ${other}`;
    const line = paragraph(x + width / 2, y + height / 2 + 4, words, width - 8, 1, {
        size: "small",
        anchor: "middle",
        muted: !zone.natGateway,
    });
    return markup`${box(area, zone.natGateway ? "part" : "absent")}${line}`;
}

/** The platform's own nodes: where Karpenter, DNS and the egress proxy run. */
export function systemNodes(area: Box, zone: ZoneContent, { egressProxy, systemNodeType }: Topology): Html {
    const { x, y, width, height } = area;
    const nodes = squares({ x: x + 10, y: y + 10, width: width - 20, height: 16 }, zone.systemNodes, 0);
    const after = x + 16 + zone.systemNodes * 16;
    const rest = [systemNodeType, ...(egressProxy ? ["egress proxy"] : []), ...(zone.controlPlane ? ["API"] : [])].join(
        ", ",
    );
    return markup`
        ${box(area, "part")}${nodes.drawn}
        ${paragraph(after, y + 21, width < NARROW ? "system" : plural(zone.systemNodes, "system node"), x + width - after - 4, 1, { strong: true, size: "small" })}
        ${paragraph(x + 10, y + 40, rest, width - 16, height < 60 ? 1 : 2, { size: "small", muted: true })}
    `;
}

/** The agents of a zone and the nodes that they fill, with those that wait for another zone's. */
export function agents(area: Box, zone: ZoneContent, { agentNodeType }: Topology): Html {
    const { x, y, width, height } = area;
    const field = { x: x + 10, y: y + 34, width: width - 18, height: height - 76 };
    const { drawn, each } = squares(field, zone.agentNodes, zone.spareNodes);
    const unit = each > 1 ? `, ${each} a square` : "";
    const wide = width > 220;
    const waiting =
        zone.spareNodes === 0
            ? "none waiting"
            : `and ${count(zone.spareNodes)} waiting${wide ? " for a lost zone" : ""}`;
    return markup`
        ${box(area, "part agents")}
        ${letters(x + 10, y + 23, plural(zone.agents, "agent"), { size: width < NARROW ? undefined : "big", strong: true })}
        ${wide && letters(x + width - 10, y + 23, "one pod each", { size: "small", muted: true, anchor: "end" })}
        ${drawn}
        ${letters(x + 10, y + height - 26, `${plural(zone.agentNodes, "node")}${wide ? ` ${agentNodeType}` : ""}${unit}`, { size: "small" })}
        ${paragraph(x + 10, y + height - 11, waiting, width - 16, 1, { size: "small", muted: true })}
    `;
}

/** Brokers of a zone. */
export function brokers(area: Box, zone: ZoneContent): Html {
    const { x, y, width, height } = area;
    if (zone.brokers.length === 0) return nothing(area, "in other zones");
    const shown = zone.brokers.slice(0, Math.max(1, Math.floor((width - 16) / 40)));
    const gap = 6;
    const side = Math.min(96, (width - 16 - gap * (shown.length - 1)) / shown.length);
    const start = x + (width - side * shown.length - gap * (shown.length - 1)) / 2;
    const more = zone.brokers.length - shown.length;
    return markup`
        ${box(area, "part")}
        ${letters(x + width / 2, y + 18, `${plural(zone.brokers.length, "broker")}`, { size: "small", strong: true, anchor: "middle" })}
        ${shown.map((name, index) => {
            const left = start + index * (side + gap);
            const label = more > 0 && index === shown.length - 1 ? `${name} +${more}` : name;
            return markup`
                ${box({ x: left, y: y + 27, width: side, height: height - 36 }, "chip")}
                ${letters(left + side / 2, y + 27 + (height - 36) / 2 + 4, label, { size: "small", anchor: "middle" })}
            `;
        })}
    `;
}

/** Database instances of a zone. */
export function databases(area: Box, zone: ZoneContent, databaseClass: string): Html {
    const { x, y, width } = area;
    const [first] = zone.databases;
    if (first === undefined) return nothing(area, "in other zones");
    const writer = zone.databases.some(({ role }) => role === "writer");
    const readers = zone.databases.filter(({ role }) => role === "reader").length;
    const name = [
        ...(writer ? ["Writer"] : []),
        ...(readers > 0 ? [readers === 1 ? "Reader" : plural(readers, "reader")] : []),
    ];
    return markup`
        ${box(area, writer ? "part writer" : "part")}
        ${letters(x + width / 2, y + 22, name.join(" and "), { strong: true, anchor: "middle" })}
        ${paragraph(x + width / 2, y + 40, databaseClass, width - 10, 1, { size: "small", muted: true, anchor: "middle" })}
    `;
}

/** Something outside the zones: its name, and what it is in a few lines. */
export function outside(area: Box, number: number, name: string, words: string, lines: number): Html {
    const { x, y, width } = area;
    return markup`
        ${box(area, "outside")}${badge(x + 18, y + 20, number)}
        ${letters(x + 35, y + 24, name, { strong: true })}
        ${paragraph(x + 35, y + 42, words, width - 42, lines, { size: "small", muted: true })}
    `;
}

function nothing(area: Box, words: string): Html {
    const { x, y, width, height } = area;
    return markup`${box(area, "absent")}${letters(x + width / 2, y + height / 2 + 4, words, { size: "small", muted: true, anchor: "middle" })}`;
}
