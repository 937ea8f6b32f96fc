import { strict as assert } from "node:assert";
import { generateKeyPairSync } from "node:crypto";
import type { Pool } from "pg";
import { certificate } from "../../../test/support/certificate";
import type { DatabaseSettings } from "../../src/settings";
import { connect } from "../../src/store/pool";
import { PostgresStandIn } from "../support/postgres-stand-in";

const CREDENTIALS = {
    AWS_ACCESS_KEY_ID: "AKIDOFTHEPOD",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "session",
};

describe("connections to the database", () => {
    const pair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
    const [authority, own] = [pair(), pair()];
    const issued = { issuer: "authority", signer: authority.privateKey };
    const ca = certificate({ ...issued, subject: "authority", hosts: [], authority: true, key: authority.privateKey });
    const cert = (host: string) =>
        certificate({ ...issued, subject: "server", hosts: [host], authority: false, key: own.privateKey });
    const key = own.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const environment = { ...process.env };
    let server: PostgresStandIn | undefined;
    let pool: Pool | undefined;
    before(() => Object.assign(process.env, CREDENTIALS));
    after(() => {
        for (const name of Object.keys(CREDENTIALS)) {
            if (environment[name] === undefined) Reflect.deleteProperty(process.env, name);
            else process.env[name] = environment[name];
        }
    });
    afterEach(async () => {
        server?.drop();
        await pool?.end();
        server?.stop();
    });

    const to = (port: number, more: Partial<DatabaseSettings> = {}): Pool =>
        (pool = connect({
            host: "localhost",
            port,
            database: "openclaw",
            user: "analyst-0",
            password: undefined,
            ca,
            iam: true,
            region: "eu-central-1",
            ...more,
        }));

    it("log in with a token of IAM for this role, host and region, made anew for each", async () => {
        server = await PostgresStandIn.start({ cert: cert("localhost"), key });
        const connected = to(server.port);
        await connected.query("SELECT");
        // A second later the time that the token begins at is another.
        await new Promise((resolve) => setTimeout(resolve, 1100));
        server.drop();
        await new Promise((resolve) => setTimeout(resolve, 50));
        await connected.query("SELECT");
        assert.equal(server.logins.length, 2);
        const [first, second] = server.logins;
        assert.notEqual(first?.password, second?.password);
        const token = new URL(`https://${first?.password}`);
        assert.equal(token.host, `localhost:${server.port}`);
        const says = Object.fromEntries(token.searchParams);
        assert.deepEqual([says["Action"], says["DBUser"], says["X-Amz-Expires"]], ["connect", "analyst-0", "900"]);
        assert.match(says["X-Amz-Credential"] ?? "", /^AKIDOFTHEPOD\/\d{8}\/eu-central-1\/rds-db\/aws4_request$/);
    });

    it("ask for nothing that would tie a connection of the proxy to this bridge", async () => {
        server = await PostgresStandIn.start({ cert: cert("localhost"), key });
        await to(server.port).query("SELECT");
        assert.deepEqual(server.logins[0]?.parameters, {
            user: "analyst-0",
            database: "openclaw",
            application_name: "openclaw-bridge",
            client_encoding: "UTF8",
        });
    });

    it("tell nothing to a server that nobody vouches for, that is another one, or that has no TLS", async () => {
        const stranger = pair();
        const forged = certificate({
            issuer: "authority",
            signer: stranger.privateKey,
            subject: "server",
            hosts: ["localhost"],
            authority: false,
            key: own.privateKey,
        });
        for (const [tls, said] of [
            [{ cert: forged, key }, /unable to verify|signature/],
            [{ cert: cert("elsewhere"), key }, /Hostname\/IP does not match/],
            [undefined, /does not support SSL/],
        ] as const) {
            server = await PostgresStandIn.start(tls);
            await assert.rejects(to(server.port).query("SELECT"), said);
            assert.deepEqual(server.logins, []);
            server.stop();
        }
    });

    it("are two at most", async () => {
        server = await PostgresStandIn.start({ cert: cert("localhost"), key });
        const connected = to(server.port);
        await Promise.all(Array.from({ length: 20 }, () => connected.query("SELECT")));
        assert.equal(server.logins.length, 2);
    });
});
