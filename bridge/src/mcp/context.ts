import type { Calls } from "../store/calls";
import type { Decisions } from "../store/decisions";
import type { Memories } from "../store/memories";
import type { Seats } from "../store/seats";
import type { Skills } from "../store/skills";
import type { PgStore } from "../store/store";
import type { Councils } from "./councils";

/** What tools work with. */
export interface ToolContext {
    /** Whose tools they are. */
    readonly agent: string;
    /** Model of the agent, as it stands in decisions. */
    readonly model: string;
    /** Councils that the agent may sit in. */
    readonly councilNames: readonly string[];
    readonly store: Pick<PgStore, "commit" | "agentsAmong">;
    readonly councils: Councils;
    readonly calls: Calls;
    readonly memories: Memories;
    readonly decisions: Decisions;
    readonly skills: Skills;
    readonly seats: Seats;
    /** Tells the outbox that something waits. */
    readonly tell: () => void;
}
