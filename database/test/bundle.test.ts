import { strict as assert } from "node:assert";
import { spawn, spawnSync } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ADMINISTRATOR, Database } from "./support/database";

const database = join(__dirname, "..");

describe("the bundle of the image", () => {
    let folder: string;
    before(() => {
        // As in the image: the bundle, the migrations, and no package anywhere above.
        folder = mkdtempSync(join(tmpdir(), "openclaw-data-bundle-"));
        const { status, stderr } = spawnSync("npm", ["run", "build", "--prefix", database], { encoding: "utf8" });
        assert.equal(status, 0, stderr);
        cpSync(join(database, "dist"), join(folder, "dist"), { recursive: true });
        cpSync(join(database, "migrations"), join(folder, "migrations"), { recursive: true });
        mkdirSync(join(folder, "empty"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const run = (args: readonly string[], env: Record<string, string> = {}) =>
        spawnSync(process.execPath, [join(folder, "dist", "main.cjs"), ...args], {
            cwd: join(folder, "empty"),
            env: { PATH: process.env["PATH"], ...env },
            encoding: "utf8",
        });

    it("starts from an empty folder and says what it can do", () => {
        const { status, stdout, stderr } = run(["--help"]);
        assert.deepEqual([status, stderr], [0, ""]);
        for (const command of ["migrate", "provision", "upkeep", "verify", "export", "erase"]) {
            assert.match(stdout, new RegExp(`^  ${command} `, "m"));
        }
    });

    it("tells what is missing in a line, as the command itself does", () => {
        const { status, stdout, stderr } = run(["upkeep"], { PGUSER: "openclaw_operator" });
        assert.deepEqual([status, stdout], [2, ""]);
        assert.match(stderr, /^data: ANCHORS is not set: .*\n.*--help\n$/);
    });

    it("does on a real database what the jobs of the cluster ask of it: migrate, provision, upkeep", async () => {
        const { environment } = await Database.empty();
        const asked = (args: string[], env: Record<string, string>) => {
            const { status, stdout, stderr } = run(args, { ...environment, ...env });
            assert.equal(status, 0, stderr);
            return stdout;
        };
        const migrations = ["admin", "app"].flatMap((set) => readdirSync(join(database, "migrations", set)));
        const administrator = { PGADMINUSER: ADMINISTRATOR, AGENTS: '{"analyst":2,"reviewer":1}' };

        const applied = asked(["migrate"], administrator);
        assert.match(applied, new RegExp(`^${migrations.length} migrations applied$`, "m"));
        assert.match(asked(["migrate"], administrator), /nothing to do/);
        asked(["provision"], administrator);
        assert.match(asked(["provision"], administrator), /0 made, 0 may log in again, 0 may no more/);

        const anchors = join(folder, "anchors");
        assert.match(
            asked(["upkeep"], { PGUSER: "openclaw_operator", ANCHORS: anchors }),
            /0 partitions made, ready for \d+ days/,
        );
        const written = readdirSync(anchors, { recursive: true, encoding: "utf8" });
        assert.ok(
            written.some((name) => /^anchors.\d{4}-\d\d-\d\d.+\.json$/.test(name)),
            written.join(", "),
        );
    });

    it("takes the pod's credentials, anchors at S3's endpoint in the VPC, and publishes its figures", async () => {
        const { environment } = await Database.migrated();
        const aws = await StandIn.start();
        const token = join(folder, "token");
        writeFileSync(token, "of-the-pod");
        const child = spawn(process.execPath, [join(folder, "dist", "main.cjs"), "upkeep"], {
            cwd: join(folder, "empty"),
            env: {
                PATH: process.env["PATH"],
                ...environment,
                PGUSER: "openclaw_operator",
                AWS_REGION: "us-east-1",
                ANCHORS: "s3://archive",
                METRICS_NAMESPACE: "OpenClaw/Database",
                ENVIRONMENT: "openclaw-test",
                AWS_ENDPOINT_URL_S3: aws.url,
                AWS_ENDPOINT_URL_CLOUDWATCH: aws.url,
                // As EKS Pod Identity sets them.
                AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/v1/credentials`,
                AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: token,
            },
        });
        let said = "";
        child.stderr.on("data", (chunk: Buffer) => (said += String(chunk)));
        const status = await new Promise((resolve) => child.on("close", resolve));
        aws.close();
        assert.equal(status, 0, said);

        const credentials = aws.asked.find(({ url }) => url === "/v1/credentials");
        assert.equal(credentials?.headers.authorization, "of-the-pod");
        const anchor = aws.asked.find(({ method }) => method === "PUT");
        assert.match(anchor?.url ?? "", /^\/archive\/anchors\/\d{4}-\d\d-\d\d\/[^/]+\.json/);
        assert.match(anchor?.headers.authorization ?? "", /Credential=AKIDOFTHEPOD\/\d{8}\/us-east-1\/s3\//);
        // A bucket with Object Lock takes nothing without a checksum.
        assert.ok(
            Object.keys(anchor?.headers ?? {}).some((name) =>
                /^(x-amz-checksum-|x-amz-trailer|content-md5)/.test(name),
            ),
        );
        const figures = aws.asked.find(({ body }) => body.includes("PartitionDaysAhead"));
        assert.ok(figures?.body.includes("OpenClaw/Database") && figures.body.includes("openclaw-test"));
    });
});

interface Asked extends Pick<IncomingMessage, "method" | "url" | "headers"> {
    readonly body: string;
}

/** Stands in for AWS: hands out credentials, and takes what it is given. */
class StandIn {
    readonly asked: Asked[] = [];

    private constructor(private readonly server: Server) {
        server.on("request", (request: IncomingMessage, response: ServerResponse) => {
            const chunks: Buffer[] = [];
            request.on("data", (chunk: Buffer) => chunks.push(chunk));
            request.on("end", () => {
                const { method, url, headers } = request;
                const packed = Buffer.concat(chunks);
                const body = (headers["content-encoding"] === "gzip" ? gunzipSync(packed) : packed).toString();
                this.asked.push({ method, url, headers, body });
                if (url !== "/v1/credentials") {
                    response.end();
                    return;
                }
                response.setHeader("content-type", "application/json");
                const Expiration = new Date(Date.now() + 3_600_000).toISOString();
                response.end(
                    JSON.stringify({ AccessKeyId: "AKIDOFTHEPOD", SecretAccessKey: "none", Token: "none", Expiration }),
                );
            });
        });
    }

    static async start(): Promise<StandIn> {
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return new StandIn(server);
    }

    get url(): string {
        const address = this.server.address();
        return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    }

    close(): void {
        this.server.close();
    }
}
