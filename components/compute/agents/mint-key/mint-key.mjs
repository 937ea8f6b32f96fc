// Makes the secret from which the gateway tokens of a class are derived, unless it is there already.
//
// The key is made in the cluster, so that it is in no state, no log and no pipeline. The script may create secrets and
// read none: an existing one shows itself by the API's conflict.
//
// Runs in the cluster on the Node of the OpenClaw image, without dependencies.
/* global AbortSignal, console, fetch */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const KEY_BYTES = 32;

const { NAMESPACE, SECRET, SECRET_KEY, SECRET_LABELS = "{}", KUBE_API_URL } = process.env;
for (const [name, value] of Object.entries({ NAMESPACE, SECRET, SECRET_KEY })) {
  if (!value) {
    console.error(`mint-key: ${name} is not set`);
    process.exit(2);
  }
}
const retryMs = Number(process.env.RETRY_SECONDS ?? 120) * 1000;
const pollMs = Number(process.env.POLL_SECONDS ?? 1) * 1000;
const host = process.env.KUBERNETES_SERVICE_HOST ?? "kubernetes.default.svc";
const port = process.env.KUBERNETES_SERVICE_PORT_HTTPS ?? "443";
const url = (KUBE_API_URL ?? `https://${host.includes(":") ? `[${host}]` : host}:${port}`).replace(/\/$/, "");

// As the first process of a container, Node would not end at a signal by itself.
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(1));

const body = JSON.stringify({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: SECRET, namespace: NAMESPACE, labels: JSON.parse(SECRET_LABELS) },
  type: "Opaque",
  // Another key locks every client out until all agents have restarted: to change it, delete it and roll the class.
  immutable: true,
  data: { [SECRET_KEY]: randomBytes(KEY_BYTES).toString("base64") },
});

for (const since = Date.now(), attempt = { count: 0 }; ; attempt.count++) {
  let fault;
  try {
    const authorization = KUBE_API_URL ? undefined : `Bearer ${(await readFile(TOKEN_FILE, "utf8")).trim()}`;
    const response = await fetch(`${url}/api/v1/namespaces/${NAMESPACE}/secrets`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        ...(authorization && { authorization }),
      },
      body,
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (response.status === 201) {
      console.log(`${NAMESPACE}/${SECRET}: a new key is made`);
      break;
    }
    if (response.status === 409 && reasonOf(text) === "AlreadyExists") {
      console.log(`${NAMESPACE}/${SECRET}: the key is there already, nothing is changed`);
      break;
    }
    fault = `${response.status} ${text.trim().slice(0, 500)}`;
    if (response.status < 500 && ![401, 409, 429].includes(response.status)) fail(fault);
  } catch (error) {
    fault = [error.message, error.cause?.message ?? error.cause?.code].filter(Boolean).join(": ");
  }
  if (Date.now() - since > retryMs) fail(fault);
  await sleep(Math.min(pollMs * 2 ** attempt.count, 15_000));
}

function reasonOf(text) {
  try {
    return JSON.parse(text).reason;
  } catch {
    return undefined;
  }
}

function fail(fault) {
  console.error(`cannot create secret ${NAMESPACE}/${SECRET}: ${fault}`);
  process.exit(1);
}
