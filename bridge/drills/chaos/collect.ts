import type { KafkaCluster } from "../../../drills/bridge/brokers";
import type { AgentData } from "../../../drills/bridge/data";
import { SUPERUSER } from "../../../drills/data/server";
import type { Evidence, LedgerRow, LogLine, Sitting } from "./evidence";
import { brokenIn, type Odd } from "./hostile";
import type { CouncilPlan, Talk } from "./plan";
import type { Pod } from "./pods";

const TOPICS = ["agent-messages", "council-deliberation", "decisions", "dead-letters"];

export interface Told {
    readonly talks: readonly Talk[];
    readonly councils: readonly CouncilPlan[];
    readonly oddities: readonly Odd[];
}

/** Gathers what the checker goes by: the log with Kafka's own consumer, the database with psql, the journals as they are. */
export async function collect(
    brokers: KafkaCluster,
    data: AgentData,
    pods: readonly Pod[],
    { talks, councils, oddities }: Told,
): Promise<Evidence> {
    const log: LogLine[] = [];
    for (const topic of TOPICS) for (const line of await brokers.read(topic)) log.push({ topic, ...line });
    const journals = new Map(pods.map((pod) => [pod.name, pod.journal()]));
    const sittings = [...journals.values()].flat().flatMap((line): Sitting[] => {
        if (line.what !== "opened") return [];
        const plan = councils.find(({ key }) => key === line.key);
        return plan === undefined ? [] : [{ session: line.session, members: plan.members, rounds: plan.rounds }];
    });
    const rows = (statement: string) =>
        data
            .sql(SUPERUSER, statement)
            .split("\n")
            .filter((row) => row !== "");
    return {
        talks,
        sittings,
        broken: brokenIn(log, oddities),
        log,
        journals,
        handled: rows("SELECT agent || ' ' || event_id FROM bridge.handled"),
        outbox: rows("SELECT agent || ' ' || event_id FROM bridge.outbox"),
        ledger: rows(
            `SELECT json_build_object('event_id', event_id, 'session_id', session_id, 'verdict', verdict, 'votes', votes)
             FROM ledger.decision`,
        ).map((row) => JSON.parse(row) as LedgerRow),
    };
}

/** How much is done, as the database sees it. */
export interface Done {
    /** Messages between agents: each by who said it and by who was told it. */
    readonly direct: number;
    /** Messages of strangers that are allowed. */
    readonly wild: number;
    readonly waiting: number;
    readonly letters: number;
    readonly decisions: number;
    readonly followed: number;
}

export function done(data: AgentData): Done {
    const count = (from: string) => `(SELECT count(*) FROM ${from})`;
    const counted = data.sql(
        SUPERUSER,
        `SELECT json_build_object('direct', ${count("bridge.handled WHERE session LIKE 'direct:%'")},
            'wild', ${count("bridge.handled WHERE session LIKE 'wild-%'")}, 'waiting', ${count("bridge.outbox")},
            'letters', ${count("bridge.claim")} + ${count("(SELECT DISTINCT event_id FROM bridge.handled WHERE session = 'dead-letters') AS l")},
            'decisions', ${count("ledger.decision")}, 'followed', ${count("bridge.followed")})`,
    );
    return JSON.parse(counted) as Done;
}
