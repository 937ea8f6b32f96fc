// Gives each class of agents a token for the collector, and the collector a certificate, so that neither is in any state,
// log or pipeline. What is there and valid stays: it may run as often as one likes.
//
// Runs in the cluster on the Node of the OpenClaw image, without dependencies.
/* global AbortSignal, Buffer, console, fetch */
import { X509Certificate, createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const DAY = 24 * 60 * 60 * 1000;
const CERTIFICATE_DAYS = 3650;
const RENEW_BEFORE_DAYS = 365;

const { NAMESPACE, SECRET, HOSTS, TARGETS, TARGET_SECRET, KUBE_API_URL } = process.env;
for (const [name, value] of Object.entries({ NAMESPACE, SECRET, HOSTS, TARGETS, TARGET_SECRET })) {
  if (!value) fail(`${name} is not set`);
}
const retryMs = Number(process.env.RETRY_SECONDS ?? 120) * 1000;
const pollMs = Number(process.env.POLL_SECONDS ?? 2) * 1000;
const host = process.env.KUBERNETES_SERVICE_HOST ?? "kubernetes.default.svc";
const port = process.env.KUBERNETES_SERVICE_PORT_HTTPS ?? "443";
const api = (KUBE_API_URL ?? `https://${host.includes(":") ? `[${host}]` : host}:${port}`).replace(/\/$/, "");
const labels = { "app.kubernetes.io/part-of": "openclaw" };

// As the first process of a container, Node would not end at a signal by itself.
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(1));

for (const since = Date.now(); ; await sleep(pollMs)) {
  try {
    await mint();
    break;
  } catch (error) {
    const reason = [error.message, error.cause?.message ?? error.cause?.code].filter(Boolean).join(": ");
    if (error.final || Date.now() - since > retryMs) fail(reason);
  }
}

async function mint() {
  const hosts = HOSTS.split(",");
  const targets = JSON.parse(TARGETS);
  const old = (await get(NAMESPACE, SECRET))?.data ?? {};
  const text = (key) => Buffer.from(old[key] ?? "", "base64").toString();

  // A token begins with its class: by that the collector knows who speaks.
  const known = new Map(
    text("tokens")
      .split("\n")
      .filter(Boolean)
      .map((token) => [token.slice(0, token.indexOf(".")), token]),
  );
  const tokens = new Map(
    targets.map(({ class: name }) => [name, known.get(name) ?? `${name}.${randomBytes(32).toString("base64url")}`]),
  );
  const { certificate, privateKey } = usable(text("tls.crt"), text("tls.key"), hosts)
    ? { certificate: text("tls.crt"), privateKey: text("tls.key") }
    : selfSigned(hosts);

  // The collector first: it would refuse a token that it does not know.
  await keep(NAMESPACE, SECRET, {
    tokens: `${[...tokens.values()].join("\n")}\n`,
    "tls.crt": certificate,
    "tls.key": privateKey,
  });
  for (const { class: name, namespace } of targets) {
    await keep(namespace, TARGET_SECRET, { token: tokens.get(name), "ca.crt": certificate });
  }
}

/** Makes a secret hold exactly this. */
async function keep(namespace, name, content) {
  const data = Object.fromEntries(
    Object.entries(content).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
  const old = await get(namespace, name);
  const same = old !== undefined && Object.keys(data).every((key) => old.data?.[key] === data[key]);
  if (same && Object.keys(old.data).length === Object.keys(data).length) {
    console.log(`${namespace}/${name}: kept`);
    return;
  }
  const metadata = { name, namespace, labels };
  const secret = { apiVersion: "v1", kind: "Secret", type: "Opaque", metadata, data };
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  if (old === undefined) {
    await call("POST", path, secret);
  } else {
    // With the version that was read, so that nobody's change is lost.
    metadata.resourceVersion = old.metadata.resourceVersion;
    await call("PUT", `${path}/${name}`, secret);
  }
  console.log(`${namespace}/${name}: ${old === undefined ? "made" : "changed"}`);
}

function get(namespace, name) {
  return call("GET", `/api/v1/namespaces/${namespace}/secrets/${name}`);
}

/** One request; undefined where there is no such object. What was sent never gets into a message. */
async function call(method, path, body) {
  const authorization = KUBE_API_URL ? undefined : `Bearer ${(await readFile(TOKEN_FILE, "utf8")).trim()}`;
  const response = await fetch(`${api}${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      ...(authorization && { authorization }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (response.status === 404 && method === "GET") return undefined;
  if (response.ok) return response.json();
  const { message } = await response.json().catch(() => ({}));
  const final = response.status < 500 && ![401, 409, 429].includes(response.status);
  throw Object.assign(new Error(`${method} ${path}: ${response.status} ${message ?? ""}`), { final });
}

/** Whether a certificate is for these hosts, vouches for no other, belongs to its key and has more than a year to go. */
function usable(certificate, privateKey, hosts) {
  try {
    const parsed = new X509Certificate(certificate);
    return (
      !parsed.ca &&
      parsed.checkPrivateKey(createPrivateKey(privateKey)) &&
      hosts.every((name) => parsed.checkHost(name) !== undefined) &&
      new Date(parsed.validTo).getTime() - Date.now() > RENEW_BEFORE_DAYS * DAY
    );
  } catch {
    return false;
  }
}

/**
 * A certificate that vouches for itself, for these hosts: whoever trusts it trusts this one server. It is no authority: a
 * certificate for another host that is signed with its key is refused.
 */
function selfSigned(hosts) {
  const now = Date.now();
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));
  const name = sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from("openclaw collector")))));
  const serial = randomBytes(16);
  serial[0] = (serial[0] & 0x7f) | 0x40; // positive, and no zero in front
  const extensions = [
    sequence(oid("551d13"), yes(), octets(sequence())), // basic constraints: no authority
    sequence(oid("551d0f"), yes(), octets(der(0x03, Buffer.from([0x07, 0x80])))), // key usage: signatures, not certificates
    sequence(oid("551d25"), octets(sequence(oid("2b06010505070301")))), // extended key usage: servers
    sequence(oid("551d11"), octets(sequence(...hosts.map((host) => der(0x82, Buffer.from(host)))))),
  ];
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, serial),
    ecdsaWithSha256,
    name,
    sequence(time(now - DAY), time(now + CERTIFICATE_DAYS * DAY)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", content, privateKey));
  const body = sequence(content, ecdsaWithSha256, signature)
    .toString("base64")
    .match(/.{1,64}/g);
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${body.join("\n")}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
  };
}

// DER, as far as a certificate needs it (RFC 5280).

function der(tag, ...parts) {
  const body = Buffer.concat(parts);
  const { length } = body;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), body]);
}

function sequence(...parts) {
  return der(0x30, ...parts);
}

function yes() {
  return der(0x01, Buffer.from([0xff]));
}

function octets(content) {
  return der(0x04, content);
}

function oid(hex) {
  return der(0x06, Buffer.from(hex, "hex"));
}

/** Two digits for the year until 2049, four from then on. */
function time(milliseconds) {
  const digits = `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`;
  return digits < "2050" ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

function fail(reason) {
  console.error(`mint-access: ${reason}`);
  process.exit(1);
}
