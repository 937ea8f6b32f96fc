// Brings every agent of a class to the newest revision of its StatefulSet, which has the strategy OnDelete.
//
// Outdated pods are evicted through the Eviction API, so the class's PodDisruptionBudget is the wave: it decides how
// many are away at once, and agents of a broken revision use it up. One agent goes ahead alone; the others follow once
// it is Ready. At the first agent of the new revision that does not become Ready in time the script stops with exit
// code 1, and all others stay as they are. It keeps no state: started again, it goes on from what it finds.
//
// Volumes that are smaller than the StatefulSet asks for are enlarged first (volumes.mjs). They grow while agents run; that
// one does not holds no agent up, but the run fails at its end.
//
// Runs in the cluster on the Node of the OpenClaw image, without dependencies.
/* global console */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Stop, connect, messageOf, seconds } from "./api.mjs";
import { Volumes } from "./volumes.mjs";

const RUNBOOK = "Runbook: docs/runbooks.md#rollout-stopped";
const MAX_RESTARTS = 3;
/** A line at least this often, so that a log shows that it lives. */
const HEARTBEAT_MS = 30_000;

const started = Date.now();
const settings = readSettings(process.env);
const { list, request } = connect({ ...settings, say });
const volumes = new Volumes({ ...settings, list, request, say });

// As the first process of a container, Node would not end at a signal by itself.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => {
    say("told to stop; agents that have moved stay moved, and another run goes on from here");
    process.exit(1);
  });
}

try {
  await rollOut();
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  say("stopped");
  console.error(`${error.message}\n${RUNBOOK}`);
  process.exitCode = 1;
}

async function rollOut() {
  const memory = { seen: new Map(), restarts: new Map(), evicted: new Set(), refusedSince: undefined, mostAway: 0 };
  let revision;
  await volumes.enlarge(await observedSet());
  for (;;) {
    const set = await observedSet();
    if (revision !== set.status.updateRevision) {
      if (revision !== undefined)
        say(`revision ${set.status.updateRevision} has replaced ${revision}; it goes on with that`);
      revision = set.status.updateRevision;
      memory.seen.clear();
      memory.refusedSince = undefined;
    }
    const view = look(set, await podsOf(set));
    memory.mostAway = Math.max(memory.mostAway, view.away.length);
    progress(view, memory);
    await stopAtBroken(view, memory);
    if (view.outdated.length === 0 && view.away.length === 0) {
      const moved = memory.evicted.size === 0 ? "none had to move" : `${memory.evicted.size} moved`;
      say(
        `done: all ${view.total} agents run ${revision} and are Ready; ${moved}, at most ${memory.mostAway} away at once`,
      );
      await volumes.settle(set);
      return;
    }
    await evictOutdated(set, view, memory);
    await sleep(settings.pollMs);
  }
}

/** The StatefulSet, once its controller has taken note of its newest template. */
async function observedSet() {
  const path = `/apis/apps/v1/namespaces/${settings.namespace}/statefulsets/${settings.name}`;
  for (const since = Date.now(); ; await sleep(settings.pollMs)) {
    const { status, body } = await request("GET", path);
    if (status !== 200) throw new Stop(`cannot read StatefulSet ${settings.name}: ${messageOf(status, body)}`);
    if ((body.status?.observedGeneration ?? 0) >= body.metadata.generation && body.status.updateRevision) return body;
    if (Date.now() - since > settings.readyMs) {
      throw new Stop(
        `the controller has not taken note of StatefulSet ${settings.name} for ${seconds(settings.readyMs)}`,
      );
    }
  }
}

async function podsOf(set) {
  const labels = Object.entries(set.spec.selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  const pods = await list(`/api/v1/namespaces/${settings.namespace}/pods`, { labelSelector: labels.join(",") });
  return pods.filter((pod) => pod.metadata.ownerReferences?.some((owner) => owner.uid === set.metadata.uid));
}

/** Sorts the agents: outdated and still there, away (leaving, missing or not Ready yet), arrived. */
function look(set, pods) {
  const total = set.spec.replicas ?? 1;
  const first = set.spec.ordinals?.start ?? 0;
  const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  const view = { total, revision: set.status.updateRevision, outdated: [], away: [], arrived: [] };
  for (let ordinal = first; ordinal < first + total; ordinal++) {
    const name = `${set.metadata.name}-${ordinal}`;
    const pod = byName.get(name);
    const agent = { name, ordinal, pod };
    if (pod === undefined)
      view.away.push({ ...agent, state: "missing", key: `missing/${name}`, limitMs: settings.readyMs });
    else if (pod.metadata.deletionTimestamp !== undefined) {
      const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
      view.away.push({
        ...agent,
        state: "leaving",
        key: `leaving/${pod.metadata.uid}`,
        limitMs: graceMs + settings.readyMs,
      });
    } else if (pod.metadata.labels["controller-revision-hash"] !== view.revision) view.outdated.push(agent);
    else if (!isReady(pod)) {
      view.away.push({ ...agent, state: "starting", key: `starting/${pod.metadata.uid}`, limitMs: settings.readyMs });
    } else view.arrived.push(agent);
  }
  // What serves nobody goes first; then zone by zone, so that a bad revision harms one zone; then by ordinal.
  view.outdated.sort(
    (a, b) =>
      Number(isReady(a.pod)) - Number(isReady(b.pod)) ||
      zoneOf(a.pod).localeCompare(zoneOf(b.pod)) ||
      a.ordinal - b.ordinal,
  );
  return view;
}

async function stopAtBroken(view, memory) {
  const keys = new Set(view.away.map(({ key }) => key));
  for (const key of memory.seen.keys()) if (!keys.has(key)) memory.seen.delete(key);
  const left = `${view.arrived.length} of ${view.total} agents run ${view.revision}; ${view.outdated.length} were left as they are.`;

  for (const agent of view.away) {
    // Since this run has seen it: clocks of other machines do not matter, and another run gives another chance.
    const since = memory.seen.get(agent.key) ?? Date.now();
    memory.seen.set(agent.key, since);
    if (Date.now() - since < agent.limitMs) continue;
    const after = seconds(agent.limitMs);
    if (agent.state === "missing") {
      throw new Stop(`${agent.name} was not created within ${after}: ${await whyNotCreated(agent.name)}. ${left}`);
    }
    if (agent.state === "leaving") {
      const node = agent.pod.spec.nodeName ?? "no node";
      throw new Stop(
        `${agent.name} has not ended within ${after} on ${node}; if the node is lost, see #zone-evacuation. ${left}`,
      );
    }
    throw new Stop(
      `${agent.name} of ${view.revision} was not Ready within ${after}: ${whyNotReady(agent.pod)}. ${left}`,
    );
  }

  // One that is Ready now and then would pass the deadline for ever.
  for (const { name, pod } of [...view.away, ...view.arrived]) {
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const restarts = restartsOf(pod);
    const before = memory.restarts.get(pod.metadata.uid) ?? restarts;
    memory.restarts.set(pod.metadata.uid, before);
    if (restarts - before >= MAX_RESTARTS) {
      throw new Stop(`${name} of ${view.revision} restarted ${restarts - before} times: ${whyNotReady(pod)}. ${left}`);
    }
  }
}

/** Evicts until the budget refuses. */
async function evictOutdated(set, view, memory) {
  if (view.away.length > 0) memory.refusedSince = undefined;
  if (view.outdated.length === 0) return;
  await requireBudget(set);
  const proven = view.arrived.length > 0;
  if (!proven && view.away.length > 0) return;
  for (const { name, pod } of proven ? view.outdated : view.outdated.slice(0, 1)) {
    const verdict = await evict(pod);
    if (verdict === "evicted") {
      memory.evicted.add(name);
      memory.refusedSince = undefined;
      say(`${name} evicted`);
    } else if (verdict === "refused") {
      if (view.away.length === 0) stopAtStall(view, memory);
      return;
    }
  }
}

function stopAtStall(view, memory) {
  memory.refusedSince ??= Date.now();
  if (Date.now() - memory.refusedSince < settings.readyMs) return;
  const ill = view.outdated.filter(({ pod }) => !isReady(pod)).map(({ name, pod }) => `${name}: ${whyNotReady(pod)}`);
  throw new Stop(
    `the PodDisruptionBudget has allowed nothing for ${seconds(settings.readyMs)}, though no agent is on its way. ` +
      (ill.length > 0
        ? `Not Ready before the roll-out: ${ill.slice(0, 3).join("; ")}.`
        : "All agents are Ready: look at the budget."),
  );
}

async function evict(pod) {
  const { name, namespace, uid } = pod.metadata;
  const { status, body } = await request("POST", `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name, namespace },
    // The replacement has the same name; it must not go in its predecessor's stead.
    deleteOptions: { preconditions: { uid } },
  });
  if (status < 300) return "evicted";
  if (status === 404 || status === 409) return "gone";
  if (status === 429) return "refused";
  throw new Stop(`cannot evict ${name}: ${messageOf(status, body)}`);
}

/** Without a budget the API would let the whole class go at once; with two it lets nobody go. */
async function requireBudget(set) {
  const labels = set.spec.template.metadata.labels;
  const budgets = await list(`/apis/policy/v1/namespaces/${settings.namespace}/poddisruptionbudgets`, {});
  const ours = budgets.filter(({ spec }) => {
    const entries = Object.entries(spec.selector?.matchLabels ?? {});
    return entries.length > 0 && entries.every(([key, value]) => labels[key] === value);
  });
  if (ours.length === 1) return;
  const names = ours.map(({ metadata }) => metadata.name).join(", ");
  throw new Stop(
    ours.length === 0
      ? `no PodDisruptionBudget selects the pods of ${set.metadata.name}: all agents would be away at once`
      : `the Eviction API needs exactly one PodDisruptionBudget for the pods of ${set.metadata.name}, not ${names}`,
  );
}

// What the API's objects say.

function isReady(pod) {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** Since Kubernetes 1.35 a pod carries its node's zone; without it all are in one group. */
function zoneOf(pod) {
  return pod.metadata.labels["topology.kubernetes.io/zone"] ?? "";
}

function containersOf(pod) {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}

function restartsOf(pod) {
  return containersOf(pod).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}

function whyNotReady(pod) {
  const reasons = [];
  for (const { name, state = {}, lastState = {}, ready } of containersOf(pod)) {
    const ended = state.terminated ?? lastState.terminated;
    const last =
      ended && ended.exitCode !== 0 ? `exit code ${ended.exitCode} (${ended.reason ?? "unknown"})` : undefined;
    const waiting = state.waiting?.reason;
    if (waiting && waiting !== "PodInitializing" && waiting !== "ContainerCreating") {
      reasons.push(`container ${name}: ${[waiting, state.waiting.message, last].filter(Boolean).join(", ")}`);
    } else if (last) reasons.push(`container ${name}: ${last}`);
    else if (state.running && ready === false) reasons.push(`container ${name} runs but its probe fails`);
  }
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (unscheduled) reasons.push(`not scheduled: ${unscheduled.message ?? unscheduled.reason}`);
  const condition = pod.status?.conditions?.find(({ type }) => type === "Ready");
  return reasons.join("; ") || pod.status?.message || condition?.message || `phase ${pod.status?.phase ?? "unknown"}`;
}

/** Admission and quota refuse pods where only events tell. */
async function whyNotCreated(name) {
  const fieldSelector = `involvedObject.kind=StatefulSet,involvedObject.name=${settings.name}`;
  const events = await list(`/api/v1/namespaces/${settings.namespace}/events`, { fieldSelector });
  const time = (event) => event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? "";
  const failed = events.filter(({ type }) => type === "Warning").sort((a, b) => time(b).localeCompare(time(a)));
  const event = failed.find(({ message }) => message?.includes(name)) ?? failed[0];
  return event?.message ?? "the StatefulSet reports no reason";
}

// Settings and talk.

function readSettings(env) {
  const number = (name, otherwise) => {
    const value = Number(env[name] ?? otherwise);
    if (!(value > 0)) usage(`${name} must be a number above 0, not ${env[name]}`);
    return value * 1000;
  };
  for (const name of ["NAMESPACE", "STATEFUL_SET", "READY_SECONDS"]) if (!env[name]) usage(`${name} is not set`);
  const host = env.KUBERNETES_SERVICE_HOST ?? "kubernetes.default.svc";
  return {
    namespace: env.NAMESPACE,
    name: env.STATEFUL_SET,
    readyMs: number("READY_SECONDS"),
    pollMs: number("POLL_SECONDS", 2),
    retryMs: number("RETRY_SECONDS", 120),
    volumeMs: number("VOLUME_SECONDS", 300),
    url: (
      env.KUBE_API_URL ??
      `https://${host.includes(":") ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT_HTTPS ?? "443"}`
    ).replace(/\/$/, ""),
  };
}

function usage(message) {
  console.error(`rollout: ${message}`);
  process.exit(2);
}

function progress({ total, revision, outdated, away, arrived }, memory) {
  const count = (state) => away.filter((agent) => agent.state === state).length;
  const line = [
    `${arrived.length} of ${total} at ${revision}`,
    `${count("starting")} starting`,
    `${count("leaving") + count("missing")} between`,
    `${outdated.length} to go`,
  ].join(", ");
  if (line === memory.line && Date.now() - memory.lineAt < HEARTBEAT_MS) return;
  memory.line = line;
  memory.lineAt = Date.now();
  say(line);
}

function say(text) {
  const passed = Math.floor((Date.now() - started) / 1000);
  const clock = [Math.floor(passed / 60), passed % 60].map((part) => String(part).padStart(2, "0")).join(":");
  console.log(`[${clock}] ${settings.namespace}/${settings.name}: ${text}`);
}
