import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { X509Certificate, createPrivateKey } from "node:crypto";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as tls from "node:tls";
import { promisify } from "node:util";

const SCRIPT = join(__dirname, "../../../components/compute/scripts/mint-access.mjs");
const HOSTS = ["collector.openclaw-telemetry.svc.cluster.local", "localhost"];
const run = promisify(execFile);

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

    it("gives each class a token that names it, which the collector knows, and tells nobody else", async () => {
        const { stdout, stderr } = await mint("analyst", "support");
        assert.deepEqual(accepted(), [tokenOf("analyst"), tokenOf("support")]);
        assert.match(tokenOf("analyst"), /^analyst\.[A-Za-z0-9_-]{43}$/);
        assert.match(tokenOf("support"), /^support\.[A-Za-z0-9_-]{43}$/);
        for (const token of accepted()) assert.ok(!`${stdout}${stderr}`.includes(token));
        assert.doesNotMatch(`${stdout}${stderr}`, /PRIVATE/);
        assert.equal(api.text("agents-analyst", "telemetry", "tls.key"), "");
    });

    it("makes a certificate for the collector's names, which a client accepts that trusts it and no other", async () => {
        await mint("analyst");
        const key = api.text("openclaw-telemetry", "collector", "tls.key");
        const parsed = new X509Certificate(certificate());
        assert.ok(parsed.checkPrivateKey(createPrivateKey(key)));
        assert.equal(parsed.subjectAltName, HOSTS.map((host) => `DNS:${host}`).join(", "));
        assert.ok(new Date(parsed.validTo).getTime() > Date.now() + 9 * 365 * 86_400_000);

        const server = tls.createServer({ cert: certificate(), key, minVersion: "TLSv1.3" }, (socket) => socket.end());
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        const connect = (servername: string, ca?: string) =>
            new Promise<string>((resolve) => {
                const socket = tls.connect({ host: "127.0.0.1", port, servername, ca }, () => {
                    resolve("secure");
                    socket.end();
                });
                socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
            });
        try {
            assert.equal(await connect(HOSTS[0] ?? "", api.text("agents-analyst", "telemetry", "ca.crt")), "secure");
            assert.equal(await connect("elsewhere", certificate()), "ERR_TLS_CERT_ALTNAME_INVALID");
            assert.equal(await connect(HOSTS[0] ?? ""), "DEPTH_ZERO_SELF_SIGNED_CERT");
        } finally {
            server.close();
        }
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

    it("makes a new certificate in the place of one that is of no use", async () => {
        await mint("analyst");
        const secret = [...api.stored.values()].find(({ metadata }) => metadata.name === "collector");
        assert.ok(secret);
        const [token] = accepted();
        secret.data["tls.crt"] = Buffer.from("broken").toString("base64");
        await mint("analyst");
        new X509Certificate(certificate());
        assert.equal(api.text("agents-analyst", "telemetry", "ca.crt"), certificate());
        assert.deepEqual(accepted(), [token]);
    });

    it("tries again while the API is busy, and stops with the reason where it may not", async () => {
        api.failures = [503];
        await mint("analyst");
        api.failures = [403];
        await assert.rejects(mint("analyst"), /mint-access: GET .*\/secrets\/collector: 403 not now/);
    });
});
