import { span } from "../../document/figures";
import type { Inventory } from "../inventory";
import type { Archive } from "../inventory/backups";
import { breaks, degrades, holds, type Judged, worst } from "../judge";
import type { Loss } from "../loss";
import { DECISION_DAYS, FOLLOWER_MAY_LAG } from "../recovery-times";
import { brokersAfter, readableAfter } from "./messages";
import { bridges } from "./data";

/** Promise 5: decision logs are kept a year and cannot be altered. */
export function decisionsAfter(inventory: Inventory, loss: Loss): Judged {
    const { archive } = inventory;
    if (loss.kind === "backup" && loss.backup.kind === "archive") return keptElsewhere(inventory);
    if (archive === undefined) return breaks("no archive keeps decisions outside the database");
    const lacking = lacks(archive);
    if (lacking !== undefined) return breaks(lacking);
    const { feed, mode } = archive;
    if (feed === undefined) return breaks("nothing writes decisions into the archive");
    const kept = `decisions are locked in S3 for ${archive.days ?? "?"} days`;
    const flow = feedAfter(inventory, loss, feed, kept);
    if (mode === "COMPLIANCE") return flow;
    const liftable = degrades(
        `${kept}, but the lock is in ${mode?.toLowerCase() ?? "no"} mode: an administrator can lift it`,
    );
    return worst(liftable, flow);
}

/** Whether new decisions get into the archive. */
function feedAfter(inventory: Inventory, loss: Loss, feed: NonNullable<Archive["feed"]>, kept: string): Judged {
    if (loss.kind !== "zone" && loss.kind !== "broker") {
        return holds(`${kept}, in compliance mode, and nothing lost here touches them`);
    }
    const readable = readableAfter(inventory, loss, feed.topic);
    if (readable === undefined) {
        return breaks(`whether the topic ${feed.topic} goes on feeding the archive is not known`);
    }
    if (!readable) {
        return degrades(
            `${kept}; new ones of a part of the topic ${feed.topic} reach the archive when the lost brokers are back`,
            { lossSeconds: FOLLOWER_MAY_LAG },
        );
    }
    const { lossSeconds } = brokersAfter(inventory, loss);
    if (lossSeconds !== undefined) {
        return degrades(
            `${kept}, but a new one is on its way there for up to ${span(feed.seconds ?? 0)}, acknowledged by one broker alone`,
            { lossSeconds },
        );
    }
    return holds(`${kept}, in compliance mode and in no single zone, and the topic ${feed.topic} goes on feeding them`);
}

function lacks({ days, mode, versioned, encrypted }: Archive): string | undefined {
    if (mode === undefined || days === undefined) return "the archive does not lock what is written to it";
    if (days < DECISION_DAYS) return `the archive locks decisions for ${days} days, fewer than ${DECISION_DAYS}`;
    if (!versioned) return "the archive keeps no versions, without which nothing is locked";
    return encrypted ? undefined : "the archive is not encrypted under a key of our own";
}

/** Without the archive: locked snapshots of the database hold each decision too, from the next snapshot on. */
function keptElsewhere({ vaults }: Inventory): Judged {
    const locked = vaults.filter(({ locked, everySeconds }) => locked && everySeconds !== undefined);
    const year = locked.filter(({ days }) => (days ?? 0) >= DECISION_DAYS);
    const longest = year.reduce((most, { everySeconds }) => Math.min(most, everySeconds ?? Infinity), Infinity);
    if (longest === Infinity) {
        return breaks(`nothing else keeps decisions for ${DECISION_DAYS} days where nobody can delete them`);
    }
    const sooner = locked.filter(({ days }) => bridges(days, longest));
    const lossSeconds = Math.min(...sooner.map(({ everySeconds }) => everySeconds ?? Infinity), longest);
    const days = Math.max(...year.map((vault) => vault.days ?? 0));
    return degrades(
        `decisions are then in the database, where changes show, and from the next snapshot on in locked vaults for ${days} days: ` +
            `those of the last ${span(lossSeconds)} could be altered`,
        { lossSeconds },
    );
}
