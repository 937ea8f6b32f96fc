import type { Council } from "../council/council";
import { derivedId } from "../contract/ids";
import { TOPICS } from "../contract/names";
import { type Draft, entryOf } from "../inbound/compose";
import type { Session, Sessions } from "../inbound/sessions";
import type { Councils, CouncilLine, CouncilStatus, OpeningRequest, Said, Saying } from "../mcp/councils";
import { Refusal } from "../mcp/refusal";
import type { LogReader, Store } from "../ports";

/** A session's opening is looked for from so long before it was asked for: clocks differ. Unit: ms. */
const OPENED_BEFORE = 60_000;

export interface AgentCouncilsOptions {
    readonly agent: string;
    readonly model: string;
    readonly sessions: Sessions;
    readonly store: Store;
    readonly reader: LogReader;
    /** Tells the outbox. */
    readonly tell: () => void;
}

/** Councils in the name of this agent: what its tools ask for becomes messages, once each. */
export class AgentCouncils implements Councils {
    readonly #options: AgentCouncilsOptions;

    constructor(options: AgentCouncilsOptions) {
        this.#options = options;
    }

    async open({ eventId, council, rules }: OpeningRequest): Promise<{ session: string; isNew: boolean }> {
        const { agent, sessions, store, reader, tell } = this.#options;
        const session = `${council}-${eventId}`;
        const partition = await reader.partitionOf(TOPICS.council, session);
        const start = await reader.offsetAt({ topic: TOPICS.council, partition }, Date.now() - OPENED_BEFORE);
        const followed = { session, council, partition, start };
        const opening: Draft<"open"> = {
            id: eventId,
            kind: "open",
            session,
            council,
            round: 0,
            sequence: 0,
            payload: rules,
        };
        const invitations = rules.members
            .filter((member) => member !== agent)
            .map((member) => {
                const id = derivedId(eventId, `invitation ${member}`);
                const invitation = { ...opening, id, causation: eventId, recipients: [member] };
                return entryOf(agent, invitation, TOPICS.messages, member);
            });
        const isNew = await store.commit({
            handled: [{ eventId, session }],
            // The opening first: whoever is invited looks for it.
            outbox: [entryOf(agent, opening), ...invitations],
            follow: [followed],
        });
        if (isNew) {
            tell();
            await sessions.follow(followed);
        }
        return { session, isNew };
    }

    async say(name: string, saying: Saying, eventId: string): Promise<Said> {
        const { sessions } = this.#options;
        const session = sessions.get(name);
        const council = session?.council;
        if (session === undefined || council === undefined) {
            throw new Refusal(
                `This agent follows no session ${name}: it is over, or the agent was not invited. council_status without a session lists those it follows.`,
            );
        }
        const draft =
            saying.kind === "message"
                ? messageIn(session, council, saying, eventId)
                : this.#contribution(session, council, saying);
        const isNew = await sessions.say(session, draft);
        return { kind: draft.kind as Said["kind"], round: draft.round, isNew };
    }

    status(name: string): CouncilStatus | undefined {
        const council = this.#options.sessions.get(name)?.council;
        if (council === undefined) return undefined;
        const { session, name: of, opener, rules, round, kind, deadline, contributions, outcome } = council;
        return {
            session,
            council: of,
            opener,
            rules,
            round,
            asksFor: outcome === undefined ? kind : undefined,
            awaited: rules.members.filter((member) => council.isAskedFor(member)),
            deadline,
            contributions,
            outcome,
        };
    }

    sessions(): readonly CouncilLine[] {
        const { agent, sessions } = this.#options;
        return [...sessions.all()].flatMap(({ council }) =>
            council === undefined
                ? []
                : [
                      {
                          session: council.session,
                          council: council.name,
                          question: council.rules.question,
                          round: council.round,
                          asksFor: council.outcome === undefined ? council.kind : undefined,
                          isAsked: council.isAskedFor(agent),
                      },
                  ],
        );
    }

    #contribution(session: Session, council: Council, saying: Exclude<Saying, { kind: "message" }>): Draft {
        const { agent, model, sessions } = this.#options;
        const { kind, round, rules, outcome } = council;
        if (!council.isMember(agent))
            throw new Refusal(`${agent} is no member of this session: ${rules.members.join(", ")} are.`);
        if (outcome !== undefined) throw new Refusal(`The council has decided: ${outcome.verdict}.`);
        const wanted = saying.kind === "statement" ? ["position", "rebuttal"] : [saying.kind];
        if (!wanted.includes(kind)) throw new Refusal(`Round ${round} is for a ${kind}: use ${TOOLS[kind]}.`);
        if (kind === "verdict" && council.synthesizer !== agent) {
            throw new Refusal(`The verdict is ${council.synthesizer}'s to write.`);
        }
        const about = {
            id: sessions.contributionId(council),
            session: council.session,
            council: council.name,
            round,
            sequence: session.sent,
            causation: council.roundCause,
        };
        if (saying.kind === "vote") {
            const { choice, reason } = saying;
            return { ...about, kind: "vote", payload: { choice, reason, model } };
        }
        if (saying.kind === "verdict") {
            const { verdict, rationale, dissent } = saying;
            return { ...about, kind: "verdict", payload: { verdict, rationale, dissent, model } };
        }
        const payload = { text: saying.text, evidence: saying.evidence, model };
        return { ...about, kind: kind === "position" ? "position" : "rebuttal", payload };
    }
}

const TOOLS = {
    position: "council_post",
    rebuttal: "council_post",
    vote: "council_vote",
    verdict: "council_close",
} as const;

function messageIn(
    session: Session,
    council: Council,
    { text, recipients, expectsReply }: Extract<Saying, { kind: "message" }>,
    id: string,
): Draft<"message"> {
    return {
        id,
        kind: "message",
        session: council.session,
        council: council.name,
        round: council.round,
        sequence: session.sent,
        recipients,
        payload: { text, expectsReply },
    };
}
