/**
 * Whether the database has a connection for every agent. Each agent logs in as itself, and a pool shares a connection among
 * sessions of one role alone: hundreds of agents are hundreds of roles, so the pool saves what idles, not what works.
 */

/** What an agent's role may hold at once, whatever its bridge does: `CONNECTION LIMIT` in database/src/provision.ts. */
export const CONNECTIONS_OF_A_ROLE = 4;

/** What an agent uses at work: its bridge's handling of messages, and its outbox. The pool closes the rest. */
export const CONNECTIONS_AT_WORK = 2;

/** Share of the database's connections for agents, in per cent; the rest is for jobs, people and Aurora itself. */
export const AGENTS_PERCENT = 80;

/** A fleet before a database. */
export interface ConnectionDemand {
    readonly agents: number;
    /** What one instance takes: model/database-memory.ts. */
    readonly maxConnections: number;
    /** Whether RDS Proxy stands between. */
    readonly pooled: boolean;
}

export interface ConnectionBudget {
    /** What one agent is counted with. */
    readonly perAgent: number;
    readonly needed: number;
    /** What all agents together may have. */
    readonly available: number;
    /** The largest fleet that this database takes. */
    readonly agentsAtMost: number;
    readonly fits: boolean;
}

/** What the agents need at the worst moment, against what is there for them. */
export function connectionBudget({ agents, maxConnections, pooled }: ConnectionDemand): ConnectionBudget {
    const perAgent = pooled ? CONNECTIONS_AT_WORK : CONNECTIONS_OF_A_ROLE;
    const available = Math.floor((maxConnections * AGENTS_PERCENT) / 100);
    const needed = agents * perAgent;
    return { perAgent, needed, available, agentsAtMost: Math.floor(available / perAgent), fits: needed <= available };
}
