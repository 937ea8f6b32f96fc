import type { Pool } from "pg";

/** How often an agent says that it still sits. Unit: ms. */
const SAY_EVERY = 30_000;
/** Whoever has not said so for this long is taken as gone. Unit: seconds. */
const FRESH = 100;

/** Who sits in councils, as each bridge says of its own agent. */
export class Seats {
    #timer: NodeJS.Timeout | undefined;

    constructor(private readonly pool: Pool) {}

    /** Takes a seat in each of these councils. */
    async take(councils: readonly string[]): Promise<void> {
        if (councils.length === 0) return;
        await this.pool.query(
            `INSERT INTO bridge.seat (council) SELECT DISTINCT unnest($1::text[]) ORDER BY 1
             ON CONFLICT (council, agent) DO UPDATE SET seen_at = clock_timestamp()`,
            [councils],
        );
    }

    /** Leaves a council. @returns whether this agent sat in it */
    async leave(council: string): Promise<boolean> {
        const { rowCount } = await this.pool.query(
            "DELETE FROM bridge.seat WHERE agent = session_user AND council = $1",
            [council],
        );
        return rowCount === 1;
    }

    /** Who sits in a council now, by name. */
    async in(council: string): Promise<string[]> {
        const { rows } = await this.pool.query<{ agent: string }>(
            `SELECT agent FROM bridge.seat WHERE council = $1 AND seen_at > clock_timestamp() - make_interval(secs => $2)
             ORDER BY regexp_replace(agent, '-[0-9]+$', ''), length(agent), agent`,
            [council, FRESH],
        );
        return rows.map(({ agent }) => agent);
    }

    /** Takes a seat in these councils, again and again until it is there, and says from then on that the agent still sits where it sits. */
    keep(councils: readonly string[], onFault: (error: unknown) => void): void {
        let taken = false;
        const say = async () => {
            try {
                if (!taken) await this.take(councils);
                else
                    await this.pool.query(
                        "UPDATE bridge.seat SET seen_at = clock_timestamp() WHERE agent = session_user",
                    );
                taken = true;
            } catch (error) {
                onFault(error);
            }
        };
        void say();
        this.#timer = setInterval(() => void say(), SAY_EVERY);
    }

    stop(): void {
        clearInterval(this.#timer);
    }
}
