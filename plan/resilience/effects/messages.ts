import { listed } from "../../document/figures";
import { assess, type Assessment } from "../../../components/model/replication";
import type { Inventory } from "../inventory";
import type { Brokers, Copies } from "../inventory/brokers";
import { breaks, degrades, holds, type Judged, worst } from "../judge";
import type { Loss } from "../loss";
import { BROKER_TAKEN_OVER, FOLLOWER_MAY_LAG } from "../recovery-times";

/** What the loss of a broker, or of a zone with all its brokers, does to one topic: by partitions. */
interface TopicLoss {
    readonly topic: Copies;
    /** Share of partitions that go on taking messages, and of those that can still be read. */
    readonly writable: number;
    readonly readable: number;
    /** Whether an acknowledged message may have been in the lost part alone. */
    readonly exposed: boolean;
    /** Whether an acknowledged message may have been on one broker alone. */
    readonly oneBroker: boolean;
}

/** Promise 3: messages in order, at least once, in time. `waiting`: agents that cannot read theirs, and for how long. */
export function messagesAfter(inventory: Inventory, loss: Loss, waiting?: Judged): Judged {
    const brokers = brokersAfter(inventory, loss);
    if (waiting === undefined || waiting.verdict === "holds") return brokers;
    if (brokers.verdict === "breaks") return brokers;
    const ends = waiting.verdict !== "breaks";
    const because = `${brokers.because}; messages to agents that are away wait, in order, ${ends ? "until they are back" : "for as long as they are away"}`;
    const both = worst(brokers, degrades(because, { seconds: waiting.seconds, action: waiting.action }));
    return { ...both, because, ...(ends ? {} : { seconds: undefined }) };
}

/** Whether messages are taken, kept and given out. */
export function brokersAfter({ brokers }: Inventory, loss: Loss): Judged {
    const unsound = brokers === undefined ? "the plan has no brokers" : unsoundness(brokers);
    if (brokers === undefined || unsound !== undefined) return breaks(unsound ?? "the plan has no brokers");
    const losses = topicsAfter(brokers, loss);
    if (losses === undefined) return holds("all brokers stay, and with them order and delivery");
    const lost = loss.kind === "zone" ? `the brokers in ${loss.zone}` : "a broker";
    const unclean = losses.filter(({ topic, exposed }) => exposed && topic.unclean !== false);
    if (unclean.length > 0) {
        return breaks(
            `without ${lost} a copy that missed messages may take over in ${named(unclean)}: acknowledged messages vanish`,
        );
    }
    const stopped = losses.filter(({ writable }) => writable < 1);
    const [first] = stopped;
    if (first !== undefined) {
        const share = Math.round((1 - first.writable) * 100);
        return breaks(
            `without ${lost} ${share} % of the partitions of ${named(stopped)} have fewer than the ` +
                `${first.topic.minInSync ?? "?"} copies that must acknowledge, of ${first.topic.factor ?? "?"}: nothing can be written to them`,
        );
    }
    const risky = losses.filter(({ oneBroker }) => oneBroker);
    const example = risky[0] ?? losses[0];
    const kept = `of ${example?.topic.factor ?? "?"} copies enough are left for the ${example?.topic.minInSync ?? "?"} that must acknowledge`;
    if (risky.length > 0) {
        return degrades(
            `${kept}, but a message is acknowledged when one broker has it: what was written while the others lagged ` +
                `may be gone with ${lost}`,
            { seconds: BROKER_TAKEN_OVER, lossSeconds: FOLLOWER_MAY_LAG },
        );
    }
    return degrades(`${kept}: order and delivery hold, but messages take up to 2 s until others have taken over`, {
        seconds: BROKER_TAKEN_OVER,
    });
}

/** Whether all partitions of a topic can still be read, and its messages are surely kept; undefined: not known. */
export function readableAfter({ brokers }: Inventory, loss: Loss, topic: string): boolean | undefined {
    if (brokers === undefined || unsoundness(brokers) !== undefined) return undefined;
    const losses = topicsAfter(brokers, loss);
    if (losses === undefined) return true;
    const own = losses.find((each) => each.topic.name === topic);
    return own && own.readable === 1;
}

/** What about the brokers cannot be, or is not known: then nothing can be said about their loss. */
function unsoundness({ count, zones, topics }: Brokers): string | undefined {
    if (count === undefined) return "the number of brokers is not known";
    if (zones.length === 0) return "the zones of the brokers are not known";
    if (count < 1 || count % zones.length !== 0) {
        return `${count} brokers cannot stand evenly in ${zones.length} zones, and MSK accepts nothing else`;
    }
    if (topics.length === 0) return "the plan has no topics";
    for (const { name, factor, minInSync } of topics) {
        if (factor === undefined || minInSync === undefined)
            return `how often messages of ${name} are kept is not known`;
        if (!Number.isInteger(factor) || factor < 1 || factor > count) {
            return `${factor} copies of ${name} do not fit on ${count} brokers`;
        }
        if (!Number.isInteger(minInSync) || minInSync < 1) return `${minInSync} copies of ${name} cannot acknowledge`;
    }
    return undefined;
}

/** By copies and minimum: each is worked out once, for all brokers and zones together. */
const assessed = new WeakMap<Brokers, Map<string, Assessment>>();

function topicsAfter(brokers: Brokers, loss: Loss): TopicLoss[] | undefined {
    const { count = 0, zones } = brokers;
    if (loss.kind !== "broker" && !(loss.kind === "zone" && zones.includes(loss.zone))) return undefined;
    const assessments = assessed.get(brokers) ?? new Map<string, Assessment>();
    assessed.set(brokers, assessments);
    return brokers.topics.map((topic) => {
        const { factor: replicationFactor = 0, minInSync: minInSyncReplicas = 0 } = topic;
        const key = `${replicationFactor}/${minInSyncReplicas}`;
        // With as many partitions as show every start that chance may choose: a real topic may be spared, or not.
        const after = assessments.get(key) ?? assess({ zones, brokers: count, replicationFactor, minInSyncReplicas });
        assessments.set(key, after);
        const part =
            loss.kind === "broker"
                ? after.brokers.find(({ name }) => name === String(loss.broker))
                : after.zones.find(({ name }) => name === loss.zone);
        const share = (partitions: number | undefined): number => (part ? (partitions ?? 0) / part.partitions : 0);
        return {
            topic,
            writable: share(part?.writable),
            readable: share(part?.readable),
            exposed: part === undefined || part.exposed > 0,
            oneBroker: after.acknowledgement === "one-broker",
        };
    });
}

function named(losses: readonly TopicLoss[]): string {
    const own = losses.filter(({ topic }) => !topic.internal).map(({ topic }) => topic.name);
    return listed(own.length > 0 ? own : losses.map(({ topic }) => topic.name));
}
