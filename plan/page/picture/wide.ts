import type { ZoneContent } from "../../document/schema";
import { type Html, markup } from "../html";
import { arrow, badge, box, letters, paragraph } from "./canvas";
import type { Scene } from "./flows";
import { agents, brokers, databases, outside, systemNodes, wayOut } from "./parts";
import { outsideWords } from "./words";

/* The picture for a screen that is wide enough: zones are columns, tiers are rows, what is outside the zones stands at the right. */

const WIDTH = 1180;
const HEIGHT = 520;
const LEFT = 122;
const RIGHT = 876;
const OUTSIDE = 930;
const GAP = 14;
const PAD = 10;
/** Part of a zone's column, at its right, where the way to the database passes the brokers. */
const LANE = 44;

const ROW = { out: 34, system: 82, agents: 138, brokers: 294, proxy: 394, data: 442 } as const;
const TALL = { out: 28, system: 48, agents: 108, brokers: 64, proxy: 26, data: 54 } as const;

export function wide(scene: Scene, label: string): Html {
    const { document } = scene;
    const { topology } = document;
    const width = (RIGHT - LEFT - PAD * 2 - GAP * (topology.zones.length - 1)) / Math.max(1, topology.zones.length);
    return markup`
        <svg class="picture wide" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="wide-title wide-words">
            <title id="wide-title">${label}</title>
            <desc id="wide-words">The same in words stands below the picture.</desc>
            ${box({ x: LEFT, y: 0, width: RIGHT - LEFT, height: HEIGHT - 6 }, "vpc")}
            ${tiers(scene)}
            ${topology.zones.map((zone, index) => column(scene, zone, LEFT + PAD + index * (width + GAP), width, index === 0))}
            ${topology.zones.slice(1).map((zone, index) => copied(topology.zones[index], zone, LEFT + PAD + index * (width + GAP) + width))}
            ${topology.proxy && proxy(topology.zones.length, width)}
            ${beyond(scene)}
        </svg>
    `;
}

/** The names of the rows. */
function tiers({ document: { topology }, copies }: Scene): Html {
    const tier = (y: number, name: string, words: string, lines: number) => markup`
        ${letters(0, y, name, { strong: true })}
        ${paragraph(0, y + 17, words, LEFT - 12, lines, { size: "small", muted: true })}
    `;
    return markup`
        ${tier(ROW.out + 18, "Way out", "", 0)}
        ${tier(ROW.system + 30, "1 Compute", `EKS; agents grow by pods, on ${topology.agentNodeType}`, 4)}
        ${tier(ROW.brokers + 20, "2 Coordination", `MSK Kafka, ${topology.brokerType}`, 3)}
        ${copies !== "" && paragraph(0, ROW.brokers + 68, copies, LEFT - 12, 2, { size: "small", muted: true })}
        ${tier(ROW.data - 14, "3 Data", topology.databaseEngine, 3)}
    `;
}

function column({ document: { topology } }: Scene, zone: ZoneContent, x: number, width: number, first: boolean): Html {
    const inner = { x: x + PAD, width: width - PAD * 2 };
    const row = (name: keyof typeof ROW, less = 0) => ({
        x: inner.x,
        y: ROW[name],
        width: inner.width - less,
        height: TALL[name],
    });
    const down = inner.x + Math.min(48, inner.width / 4);
    const lane = inner.x + inner.width - LANE / 2 + 6;
    const below = ROW.agents + TALL.agents;
    const label = width > 300 || first;
    return markup`
        ${box({ x, y: 8, width, height: HEIGHT - 22 }, "zone")}
        ${letters(x + width / 2, 26, zone.name, { strong: true, anchor: "middle" })}
        ${wayOut(row("out"), zone, topology)}
        ${systemNodes(row("system"), zone, topology)}
        ${
            zone.natGateway &&
            arrow([
                [inner.x + inner.width - 30, ROW.system],
                [inner.x + inner.width - 30, ROW.out + TALL.out + 2],
            ])
        }
        ${agents(row("agents"), zone, topology)}
        ${arrow([
            [down, below],
            [down, ROW.brokers - 1],
        ])}${badge(down, below + 21, 1)}
        ${label && letters(down + 14, below + 25, width > 300 ? "messages: TLS, IAM" : "TLS, IAM", { size: "small" })}
        ${brokers(row("brokers", LANE), zone)}
        ${arrow([
            [lane, below],
            [lane, topology.proxy ? ROW.proxy - 1 : ROW.data - 1],
        ])}${badge(lane, below + 21, 2)}
        ${label && width > 300 && letters(lane - 14, below + 25, "SQL: TLS, IAM", { size: "small", anchor: "end" })}
        ${databases(row("data"), zone, topology.databaseClass)}
        ${
            topology.proxy &&
            zone.databases.length > 0 &&
            arrow([
                [inner.x + inner.width / 2, ROW.proxy + TALL.proxy],
                [inner.x + inner.width / 2, ROW.data - 1],
            ])
        }
    `;
}

/** What neighbouring zones hold copies of; `edge` is the right one of the first zone's column. */
function copied(one: ZoneContent | undefined, other: ZoneContent, edge: number): Html {
    const across = (less: number, y: number) =>
        arrow(
            [
                [edge - PAD - less + 1, y],
                [edge + GAP + PAD - 1, y],
            ],
            true,
        );
    return markup`
        ${one && one.brokers.length > 0 && other.brokers.length > 0 && across(LANE, ROW.brokers + TALL.brokers / 2)}
        ${one && one.databases.length > 0 && other.databases.length > 0 && across(0, ROW.data + TALL.data / 2)}
    `;
}

/** One pool of connections over all zones. */
function proxy(zones: number, width: number): Html {
    const across = {
        x: LEFT + PAD * 2,
        y: ROW.proxy,
        width: zones * width + (zones - 1) * GAP - PAD * 2,
        height: TALL.proxy,
    };
    return markup`
        ${box(across, "pool")}
        ${letters(across.x + across.width / 2, ROW.proxy + 17, "RDS Proxy: one pool of connections in all zones", { size: "small", anchor: "middle" })}
    `;
}

/** What agents, brokers and database reach outside the zones. */
function beyond(scene: Scene): Html {
    const words = outsideWords(scene);
    const panel = (y: number, height: number, number: number, from: number, lines: number) => {
        const said = words[number];
        return markup`
            ${arrow([
                [RIGHT, from],
                [OUTSIDE - 1, from],
            ])}
            ${said && outside({ x: OUTSIDE, y, width: WIDTH - OUTSIDE - 1, height }, number, said.name, said.words, lines)}
        `;
    };
    return markup`
        ${panel(8, 66, 4, ROW.out + 14, 2)}
        ${panel(96, 150, 3, ROW.agents + 30, 7)}
        ${panel(278, 84, 5, ROW.brokers + 32, 3)}
        ${panel(394, 102, 6, ROW.data + 27, 4)}
    `;
}
