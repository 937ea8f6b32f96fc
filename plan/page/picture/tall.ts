import type { ZoneContent } from "../../document/schema";
import { type Html, markup } from "../html";
import { arrow, badge, box, letters } from "./canvas";
import type { Scene } from "./flows";
import { agents, brokers, databases, outside, systemNodes, wayOut } from "./parts";
import { outsideWords } from "./words";

/* The picture for a phone: zones are columns as well, and what is outside the zones stands between the tiers. */

const WIDTH = 360;
const HEIGHT = 828;
/** Left of the zones, where the ways from the agents pass the boxes between. */
const LANE = 30;
const GAP = 8;

const ROW = { out: 104, system: 158, agents: 226, brokers: 462, proxy: 642, data: 684 } as const;
const TALL = { out: 28, system: 60, agents: 118, brokers: 64, proxy: 26, data: 50 } as const;
const BOX = { domains: 4, services: 368, archive: 548, vault: 758 } as const;

export function tall(scene: Scene, label: string): Html {
    const { topology } = scene.document;
    const width = (WIDTH - 1 - LANE - GAP * (topology.zones.length - 1)) / Math.max(1, topology.zones.length);
    const left = (index: number) => LANE + index * (width + GAP);
    const across = { x: LANE, width: WIDTH - LANE - 1 };
    const words = outsideWords(scene);
    const panel = (name: keyof typeof BOX, height: number, number: number, lines: number) => {
        const said = words[number];
        return said && outside({ ...across, y: BOX[name], height }, number, said.name, said.words, lines);
    };
    /** Where an arrow leaves the last zone that has something. */
    const leaves = (has: (zone: ZoneContent) => boolean) =>
        left(Math.max(0, topology.zones.findLastIndex(has))) + width - 12;
    const out = leaves(({ natGateway }) => natGateway);
    const stored = leaves(({ databases: own }) => own.length > 0);
    const start = ROW.agents + TALL.agents / 2;
    const into = topology.proxy ? ROW.proxy + TALL.proxy / 2 : ROW.data + 25;
    return markup`
        <svg class="picture tall" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="tall-title tall-words">
            <title id="tall-title">${label}</title>
            <desc id="tall-words">The same in words stands below the picture.</desc>
            ${panel("domains", 66, 4, 2)}
            ${arrow([
                [out, ROW.out],
                [out, BOX.domains + 67],
            ])}
            ${letters(LANE, ROW.system - 9, "1 Compute", { strong: true })}
            ${letters(LANE, ROW.brokers - 8, "2 Coordination", { strong: true })}
            ${letters(LANE, (topology.proxy ? ROW.proxy : ROW.data) - 8, "3 Data", { strong: true })}
            ${topology.zones.map((zone, index) => cell(scene, zone, left(index), width))}
            ${arrow([
                [WIDTH - 30, ROW.agents + TALL.agents],
                [WIDTH - 30, BOX.services - 1],
            ])}
            ${panel("services", 66, 3, 2)}
            ${arrow([
                [WIDTH - 30, ROW.brokers + TALL.brokers],
                [WIDTH - 30, BOX.archive - 1],
            ])}
            ${panel("archive", 66, 5, 2)}
            ${topology.proxy && box({ ...across, y: ROW.proxy, height: TALL.proxy }, "pool")}
            ${topology.proxy && letters(LANE + across.width / 2, ROW.proxy + 17, "RDS Proxy: one pool of connections", { size: "small", anchor: "middle" })}
            ${arrow([
                [stored, ROW.data + TALL.data],
                [stored, BOX.vault - 1],
            ])}
            ${panel("vault", 66, 6, 2)}
            ${arrow([
                [LANE, start - 14],
                [19, start - 14],
                [19, ROW.brokers + 32],
                [LANE - 1, ROW.brokers + 32],
            ])}
            ${badge(19, ROW.brokers - 40, 1)}
            ${arrow([
                [LANE, start + 14],
                [8, start + 14],
                [8, into],
                [LANE - 1, into],
            ])}
            ${badge(9.5, into - 60, 2)}
        </svg>
    `;
}

function cell({ document: { topology } }: Scene, zone: ZoneContent, x: number, width: number): Html {
    const row = (name: keyof typeof ROW) => ({ x, y: ROW[name], width, height: TALL[name] });
    return markup`
        ${letters(x + width / 2, ROW.out - 8, zone.name, { strong: true, anchor: "middle", size: "small" })}
        ${wayOut(row("out"), zone, topology)}
        ${systemNodes(row("system"), zone, topology)}
        ${agents(row("agents"), zone, topology)}
        ${brokers(row("brokers"), zone)}
        ${databases(row("data"), zone, topology.databaseClass)}
        ${
            topology.proxy &&
            zone.databases.length > 0 &&
            arrow([
                [x + width / 2, ROW.proxy + TALL.proxy],
                [x + width / 2, ROW.data - 1],
            ])
        }
    `;
}
