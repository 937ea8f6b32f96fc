// Enlarges the volumes of a class to what its StatefulSet asks for. The StatefulSet does that for new claims alone: those
// that are there keep their size until somebody changes them.
//
// A volume grows while its agent runs. It never shrinks, so a larger one is left as it is.
import { setTimeout as sleep } from "node:timers/promises";
import { Stop, messageOf, seconds } from "./api.mjs";

/** Volumes are looked at so many times more seldom than agents: they are slower. */
const PATIENCE = 5;
/** A line at least this often, so that a log shows that it lives. */
const HEARTBEAT_MS = 30_000;

export class Volumes {
  #tools;

  /** `volumeMs`: for so long may no volume have grown. */
  constructor(tools) {
    this.#tools = tools;
  }

  /** Asks for the size of the StatefulSet's template on every claim that is smaller; those of agents scaled away, too. */
  async enlarge(set) {
    const { say } = this.#tools;
    const { wanted, asked, small, larger } = await this.#ask(set);
    if (asked > 0) say(`volumes: ${asked} are to grow to ${wanted}, while their agents run`);
    if (larger > 0) say(`volumes: ${larger} are larger than ${wanted} and stay so, as volumes never shrink`);
    const refused = small.filter((volume) => volume.reason);
    if (refused.length > 0) say(`volumes: ${refused.length} cannot grow; agents go on without. ${whyOf(refused[0])}`);
  }

  /** Waits until every volume has the size of the template. Asks again: a claim may have been bound only now. */
  async settle(set) {
    const { pollMs, volumeMs, say } = this.#tools;
    let fewest = Infinity;
    for (let since = Date.now(), saidAt = 0; ; await sleep(PATIENCE * pollMs)) {
      const { wanted, total, small } = await this.#ask(set);
      if (small.length === 0) {
        if (fewest < Infinity) say(`volumes: all ${total} have ${wanted} or more`);
        return;
      }
      if (small.length < fewest) since = Date.now();
      if (small.length < fewest || Date.now() - saidAt > HEARTBEAT_MS) {
        say(`volumes: ${small.length} of ${total} are still smaller than ${wanted}`);
        saidAt = Date.now();
      }
      fewest = Math.min(fewest, small.length);
      const [first] = small;
      const which = `${small.length} of ${total} volumes are smaller than ${wanted}`;
      if (small.every(({ reason }) => reason)) {
        throw new Stop(
          `${which}. ${whyOf(first)}. The agents run on; put right what the API says, then run \`pulumi up\` again.`,
        );
      }
      if (Date.now() - since > volumeMs) {
        const stuck = small.find(({ reason }) => !reason);
        throw new Stop(
          `${which}, and none has grown for ${seconds(volumeMs)}. ${whyOf({ ...stuck, reason: await this.#complaint(stuck.name) })}. ` +
            "The agents run on, and Kubernetes goes on trying: EBS changes a volume at most once in six hours. Run `pulumi up` again then.",
        );
      }
    }
  }

  /** Asks where nobody has asked yet, and looks at what has grown. */
  async #ask(set) {
    const { namespace, list, request } = this.#tools;
    const template = set.spec.volumeClaimTemplates?.[0];
    const wanted = template?.spec?.resources?.requests?.storage;
    const found = { wanted, total: 0, asked: 0, larger: 0, small: [] };
    if (wanted === undefined) return found;

    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    const name = new RegExp(`^${template.metadata.name}-${set.metadata.name}-\\d+$`);
    for (const { metadata, spec, status } of await list(path, {})) {
      // What is not bound has no volume yet, and cannot be changed.
      if (!name.test(metadata.name) || metadata.deletionTimestamp || status?.phase !== "Bound") continue;
      found.total++;
      const requested = spec.resources.requests.storage;
      const size = status.capacity?.storage ?? requested;
      const volume = { name: metadata.name, size };
      if (bytesOf(requested) > bytesOf(wanted)) found.larger++;
      if (bytesOf(requested) < bytesOf(wanted)) {
        const answer = await request("PATCH", `${path}/${metadata.name}`, {
          // Of the version that was read: a claim that somebody has made larger since then is not made smaller.
          metadata: { resourceVersion: metadata.resourceVersion },
          spec: { resources: { requests: { storage: wanted } } },
        });
        if (answer.status < 300) found.asked++;
        else if (answer.status !== 404 && answer.status !== 409) {
          volume.reason = `the API refuses: ${messageOf(answer.status, answer.body)}`;
        }
        found.small.push(volume);
      } else if (bytesOf(size) < bytesOf(wanted) && !hasGrown(status)) found.small.push(volume);
    }
    return found;
  }

  /** Why a volume does not grow stands in events alone. */
  async #complaint(name) {
    const { namespace, list } = this.#tools;
    const fieldSelector = `involvedObject.kind=PersistentVolumeClaim,involvedObject.name=${name},type=Warning`;
    const events = await list(`/api/v1/namespaces/${namespace}/events`, { fieldSelector });
    const time = (event) => event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? "";
    const [last] = events.sort((a, b) => time(b).localeCompare(time(a)));
    return last?.message ?? "the driver reports no reason";
  }
}

/** The volume has grown, and its file system does when an agent mounts it next. */
function hasGrown({ conditions = [] }) {
  return conditions.some(({ type, status }) => type === "FileSystemResizePending" && status === "True");
}

function whyOf({ name, size, reason }) {
  return `${name} has ${size}: ${reason.replace(/[.\s]+$/, "")}`;
}

/** Bytes of a quantity as Kubernetes writes it: `20Gi`, `1.5Ti`, `20G`, `21474836480`, `2e10`. */
function bytesOf(quantity) {
  const [, number, unit] = /^([0-9.]+(?:[eE][0-9]+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
  const power = ["", "k", "M", "G", "T", "P", "E"].indexOf(unit?.replace("K", "k").replace("i", ""));
  if (power < 0 || !(Number(number) >= 0)) throw new Stop(`"${quantity}" is no size of a volume`);
  return Number(number) * (unit.endsWith("i") ? 1024 : 1000) ** power;
}
