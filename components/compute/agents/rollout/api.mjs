// The API of the cluster as a roll-out uses it. Requests are tried again where that helps.
/* global AbortSignal, fetch, URLSearchParams */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const REQUEST_TIMEOUT_MS = 30_000;
const PAGE = 250;
const CONTENT_TYPE = { PATCH: "application/merge-patch+json" };

/** Ends the roll-out, with words for whoever has to act. */
export class Stop extends Error {}

/** The API at an address; `say` is told that a request is tried again. */
export function connect({ url, pollMs, retryMs, say }) {
  return { list, request };

  /** Everything of a list, page by page. */
  async function list(path, query) {
    const items = [];
    let next = "";
    do {
      const params = new URLSearchParams({ ...query, limit: String(PAGE), ...(next && { continue: next }) });
      const { status, body } = await request("GET", `${path}?${params}`);
      // The list has grown too old between two pages: from the start.
      if (status === 410 && next) {
        items.length = 0;
        next = "";
        continue;
      }
      if (status !== 200) throw new Stop(`cannot list ${path}: ${messageOf(status, body)}`);
      items.push(...body.items);
      next = body.metadata?.continue ?? "";
    } while (next);
    return items;
  }

  /** Tries again while the API is away, overloaded or refuses a token that is just being renewed. */
  async function request(method, path, body) {
    for (const since = Date.now(), attempt = { count: 0 }; ; attempt.count++) {
      let fault;
      let waitMs = Math.min(pollMs * 2 ** attempt.count, 15_000);
      try {
        const response = await fetch(`${url}${path}`, {
          method,
          headers: {
            "content-type": CONTENT_TYPE[method] ?? "application/json",
            accept: "application/json",
            ...(await authorization()),
          },
          body: body === undefined ? undefined : JSON.stringify(body),
          signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        });
        const text = await response.text();
        const parsed = parse(text);
        // A budget's refusal is an answer; any other 429 comes from an API with too much to do.
        const overloaded = response.status === 429 && !isBudget(parsed);
        if (response.status < 500 && response.status !== 401 && !overloaded && (parsed || response.status >= 300)) {
          return { status: response.status, body: parsed ?? { message: text } };
        }
        fault = messageOf(response.status, parsed ?? { message: text });
        const after = Number(response.headers.get("retry-after"));
        if (after > 0) waitMs = after * 1000;
      } catch (error) {
        fault = [error.message, error.cause?.message ?? error.cause?.code].filter(Boolean).join(": ");
      }
      if (Date.now() - since > retryMs) {
        throw new Stop(`${method} ${path} has failed for ${seconds(retryMs)}: ${fault}`);
      }
      if (attempt.count === 0) say(`the API does not answer as it should, trying again: ${fault}`);
      await sleep(waitMs);
    }
  }
}

/** The token is renewed while the script runs, so it is read anew each time. */
async function authorization() {
  if (process.env.KUBE_API_URL) return {};
  return { authorization: `Bearer ${(await readFile(TOKEN_FILE, "utf8")).trim()}` };
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isBudget(status) {
  return status?.details?.causes?.some(({ reason }) => reason === "DisruptionBudget") ?? false;
}

/** What the API says of a request that it refused. */
export function messageOf(status, body) {
  return `${status} ${(body.message ?? "").trim().slice(0, 500)}`.trim();
}

export function seconds(milliseconds) {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
