// Runs before SIGTERM: the bridge begins no more turns, OpenClaw takes no new work from now on, and what both are doing may end,
// up to a deadline. SIGTERM follows in any case; a turn that is cut off by it is taken up again at the next start.
/* global AbortSignal, fetch, process, setTimeout */
import { readFileSync, writeFileSync } from "node:fs";

const {
  POD_NAME: pod,
  GATEWAY_URL: url,
  BRIDGE_URL: bridge,
  TOKEN_FILE: tokenFile,
  DRAIN_SECONDS: seconds,
} = process.env;
const token = readFileSync(tokenFile, "utf8");
const started = Date.now();
const end = started + Number(seconds) * 1000;
/** The lease lasts two minutes. */
const RENEW = 60_000;

// First of all: a turn that the bridge began after OpenClaw is idle would be cut off. It answers when its own turns are over.
const bridged = await drainBridge();

let lease;
let renewed = 0;
let outcome = "the deadline passed";
while (Date.now() < end) {
  try {
    if (lease === undefined || Date.now() - renewed > RENEW) {
      const answer = await call("gateway.suspend.prepare", {
        requestId: `stop-${pod}`,
        // An open terminal does not hold up the end of a pod.
        terminalPolicy: "terminate",
        drain: true,
      });
      lease = answer.suspensionId;
      renewed = Date.now();
      if (answer.status === "ready") {
        outcome = "idle";
        break;
      }
    }
    const { status } = await call("gateway.suspend.status", { suspensionId: lease });
    if (status === "ready") {
      outcome = "idle";
      break;
    }
    // The lease ran out, or someone took it back: begin again.
    if (status === "running") lease = undefined;
  } catch (error) {
    if (error.cause?.code === "ECONNREFUSED") {
      outcome = "OpenClaw is gone";
      break;
    }
    say("warn", `cannot drain yet: ${error.message}`);
    lease = undefined;
    await sleep(Math.max(0, (error.retryAfterMs ?? 2000) - 500));
  }
  await sleep(500);
}
say("info", `drained: ${outcome}`, {
  bridge: bridged,
  seconds: Math.round((Date.now() - started) / 100) / 10,
});

/** Leaves OpenClaw a quarter of the time, for turns that are not the bridge's. A bridge that is gone begins no turn either. */
async function drainBridge() {
  try {
    const response = await fetch(`${bridge}/drain`, {
      method: "POST",
      signal: AbortSignal.timeout(Number(seconds) * 750),
    });
    return response.ok ? "idle" : `HTTP ${response.status}`;
  } catch (error) {
    return error.name === "TimeoutError" ? "the deadline passed" : (error.cause?.code ?? error.message);
  }
}

async function call(method, params) {
  const response = await fetch(`${url}/api/v1/admin/rpc`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ method, params }),
    signal: AbortSignal.timeout(10_000),
  });
  const { ok, payload, error } = await response.json();
  if (ok) return payload;
  throw Object.assign(new Error(error?.message ?? `HTTP ${response.status}`), { retryAfterMs: error?.retryAfterMs });
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Into the log of the container as well: what a hook prints itself is seen by nobody. */
function say(level, message, more = {}) {
  const line = `${JSON.stringify({ time: new Date().toISOString(), level, message, pod, ...more })}\n`;
  process.stdout.write(line);
  try {
    writeFileSync("/proc/1/fd/1", line);
  } catch {
    // The first process is another user's.
  }
}
