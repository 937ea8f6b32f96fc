import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { type KeyObject, X509Certificate, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tls from "node:tls";
import { promisify } from "node:util";
import { certificate as certify } from "../../support/certificate";

const SCRIPT = join(__dirname, "../../../components/compute/scripts/mint-access.mjs");
const HOSTS = ["collector.openclaw-telemetry.svc.cluster.local", "collector.openclaw-telemetry.svc"];
const run = promisify(execFile);

/** Connects to a port as to a host, and prints whether that is secure or why it is not. */
const CLIENT = `
    const [port, servername] = process.argv.slice(1);
    const socket = require("node:tls").connect({ host: "127.0.0.1", port: Number(port), servername }, () => {
        console.log("secure");
        socket.end();
    });
    socket.on("error", ({ code, message }) => console.log(code, message));
`;

const newKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const pem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();

/** A certificate for the collector's names that may vouch for others too. */
function authority(): { cert: string; key: string } {
    const key = newKey();
    const name = "openclaw collector";
    const cert = certify({ subject: name, issuer: name, hosts: HOSTS, authority: true, key, signer: key });
    return { cert, key: pem(key) };
}

interface Secret {
    readonly metadata: { readonly name: string; readonly namespace: string; resourceVersion?: string };
    readonly data: Record<string, string>;
}

/** As much of the Kubernetes API as the script uses: secrets, made once, changed by version. */
class Secrets {
    readonly stored = new Map<string, Secret>();
    readonly writes: string[] = [];
    /** Answers that come before the true ones. */
    failures: number[] = [];
    private version = 0;
    private readonly server: Server = createServer((request, response) => {
        let text = "";
        request.on("data", (part: Buffer) => (text += part.toString()));
        request.on("end", () => {
            const [status, body] = this.answer(request.method ?? "", request.url ?? "", text);
            response.writeHead(status, { "content-type": "application/json" });
            response.end(JSON.stringify(body));
        });
    });

    async start(): Promise<void> {
        await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    }

    stop(): void {
        this.server.close();
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    text(namespace: string, name: string, key: string): string {
        const secret = this.stored.get(`/api/v1/namespaces/${namespace}/secrets/${name}`);
        return Buffer.from(secret?.data[key] ?? "", "base64").toString();
    }

    private answer(method: string, url: string, text: string): [number, unknown] {
        const failure = this.failures.shift();
        if (failure !== undefined) return [failure, { message: "not now" }];
        if (method === "GET") {
            const found = this.stored.get(url);
            return found ? [200, found] : [404, {}];
        }
        const secret = JSON.parse(text) as Secret;
        const path = method === "POST" ? `${url}/${secret.metadata.name}` : url;
        const old = this.stored.get(path);
        if (method === "POST" ? old !== undefined : old?.metadata.resourceVersion !== secret.metadata.resourceVersion) {
            return [409, { message: "conflict" }];
        }
        this.writes.push(`${method} ${secret.metadata.namespace}/${secret.metadata.name}`);
        secret.metadata.resourceVersion = String(++this.version);
        this.stored.set(path, secret);
        return [200, secret];
    }
}

describe("mint-access", () => {
    let api: Secrets;
    beforeEach(async () => {
        api = new Secrets();
        await api.start();
    });
    afterEach(() => api.stop());

    const mint = (...classes: string[]) =>
        run(process.execPath, [SCRIPT], {
            env: {
                KUBE_API_URL: api.url,
                NAMESPACE: "openclaw-telemetry",
                SECRET: "collector",
                HOSTS: HOSTS.join(","),
                TARGETS: JSON.stringify(classes.map((name) => ({ class: name, namespace: `agents-${name}` }))),
                TARGET_SECRET: "telemetry",
                RETRY_SECONDS: "3",
                POLL_SECONDS: "0.05",
            },
        });
    const accepted = () => api.text("openclaw-telemetry", "collector", "tokens").trim().split("\n");
    const tokenOf = (name: string) => api.text(`agents-${name}`, "telemetry", "token");
    const certificate = () => api.text("openclaw-telemetry", "collector", "tls.crt");
    const privateKey = () => api.text("openclaw-telemetry", "collector", "tls.key");

    it("gives each class a token that names it, which the collector knows, and tells nobody else", async () => {
        const { stdout, stderr } = await mint("analyst", "support");
        assert.deepEqual(accepted(), [tokenOf("analyst"), tokenOf("support")]);
        assert.match(tokenOf("analyst"), /^analyst\.[A-Za-z0-9_-]{43}$/);
        assert.match(tokenOf("support"), /^support\.[A-Za-z0-9_-]{43}$/);
        for (const token of accepted()) assert.ok(!`${stdout}${stderr}`.includes(token));
        assert.doesNotMatch(`${stdout}${stderr}`, /PRIVATE/);
        assert.equal(api.text("agents-analyst", "telemetry", "tls.key"), "");
    });

    it("makes a certificate for the collector's names, which is no authority and lasts for years", async () => {
        await mint("analyst");
        const parsed = new X509Certificate(certificate());
        assert.ok(parsed.checkPrivateKey(createPrivateKey(privateKey())));
        assert.equal(parsed.ca, false);
        assert.equal(parsed.subjectAltName, HOSTS.map((host) => `DNS:${host}`).join(", "));
        assert.ok(new Date(parsed.validTo).getTime() > Date.now() + 9 * 365 * 86_400_000);
    });

    describe("to a Node that trusts the certificate as agents do", () => {
        let folder: string;
        beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "mint-access-"))));
        afterEach(() => rmSync(folder, { recursive: true }));

        /** What a new process says of a server that is asked for as this host. */
        async function verdict(host: string, server: { cert: string; key: string }, trusted?: string): Promise<string> {
            const file = join(folder, "ca.crt");
            writeFileSync(file, trusted ?? "");
            const listening = tls.createServer({ ...server, minVersion: "TLSv1.3" }, (socket) => socket.end());
            await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
            try {
                const { port } = listening.address() as AddressInfo;
                const { stdout } = await run(process.execPath, ["-e", CLIENT, `${port}`, host], {
                    env: trusted === undefined ? {} : { NODE_EXTRA_CA_CERTS: file },
                });
                return stdout.trim();
            } finally {
                listening.close();
            }
        }
        const collector = () => ({ cert: certificate(), key: privateKey() });
        const trusted = () => api.text("agents-analyst", "telemetry", "ca.crt");

        it("the collector is the collector, by each of its names", async () => {
            await mint("analyst");
            for (const host of HOSTS) assert.equal(await verdict(host, collector(), trusted()), "secure", host);
        });

        it("it is nobody else, and nobody without that trust", async () => {
            await mint("analyst");
            assert.match(await verdict("elsewhere", collector(), trusted()), /^ERR_TLS_CERT_ALTNAME_INVALID/);
            assert.match(await verdict(HOSTS[0] ?? "", collector()), /^DEPTH_ZERO_SELF_SIGNED_CERT/);
        });

        it("its key vouches for no other host", async () => {
            await mint("analyst");
            const forged = (signer: string) => {
                const key = newKey();
                const cert = certify({
                    subject: "elsewhere",
                    issuer: "openclaw collector",
                    hosts: ["elsewhere"],
                    authority: false,
                    key,
                    signer: createPrivateKey(signer),
                });
                return { cert, key: pem(key) };
            };
            const alone = forged(privateKey());
            const withIssuer = { ...alone, cert: `${alone.cert}${certificate()}` };
            for (const server of [alone, withIssuer]) {
                // Words of OpenSSL, of which the older one has no code in Node.
                assert.match(
                    await verdict("elsewhere", server, trusted()),
                    /key usage does not include certificate signing|unable to get|invalid CA/,
                );
            }
            // What an authority's key would do: the same forgery passes.
            const old = authority();
            assert.equal(await verdict("elsewhere", forged(old.key), old.cert), "secure");
        });
    });

    it("changes nothing when all is there", async () => {
        await mint("analyst");
        const before = api.writes.length;
        await mint("analyst");
        assert.equal(api.writes.length, before);
    });

    it("leaves the others' tokens alone when a class comes, and forgets the token of one that goes", async () => {
        await mint("analyst", "support");
        const [analyst, support] = accepted();
        const held = certificate();
        await mint("analyst", "engineer");
        assert.deepEqual(accepted(), [analyst, tokenOf("engineer")]);
        assert.ok(!accepted().includes(support ?? ""));
        assert.equal(certificate(), held);
    });

    for (const [what, bad] of Object.entries({
        "one that is of no use": () => ({ cert: "broken", key: "broken" }),
        "one that could vouch for other hosts": authority,
    })) {
        it(`makes a new certificate in the place of ${what}`, async () => {
            await mint("analyst");
            const secret = [...api.stored.values()].find(({ metadata }) => metadata.name === "collector");
            assert.ok(secret);
            const [token] = accepted();
            const { cert, key } = bad();
            secret.data["tls.crt"] = Buffer.from(cert).toString("base64");
            secret.data["tls.key"] = Buffer.from(key).toString("base64");
            await mint("analyst");
            assert.equal(new X509Certificate(certificate()).ca, false);
            assert.equal(api.text("agents-analyst", "telemetry", "ca.crt"), certificate());
            assert.deepEqual(accepted(), [token]);
        });
    }

    it("tries again while the API is busy, and stops with the reason where it may not", async () => {
        api.failures = [503];
        await mint("analyst");
        api.failures = [403];
        await assert.rejects(mint("analyst"), /mint-access: GET .*\/secrets\/collector: 403 not now/);
    });
});
