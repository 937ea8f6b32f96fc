import { strict as assert } from "node:assert";
import { request } from "node:http";
import { fromHttp } from "@aws-sdk/credential-provider-http";
import type { Credentials } from "../../src/credentials/model-role";
import { CredentialsServer } from "../../src/credentials/server";

const MINUTE = 60_000;

describe("the model's credentials", () => {
    let server: CredentialsServer | undefined;
    let asked = 0;
    let faults: unknown[] = [];
    /** Minutes for which the next credentials last; undefined: AWS gives none. */
    let lasting: number | undefined = 60;
    const start = async () => {
        server = await CredentialsServer.start({
            port: 0,
            async credentials(): Promise<Credentials> {
                asked++;
                await new Promise((resolve) => setTimeout(resolve, 5));
                if (lasting === undefined) throw new Error("no STS");
                return {
                    AccessKeyId: `key-${asked}`,
                    SecretAccessKey: "secret",
                    Token: "token",
                    Expiration: new Date(Date.now() + lasting * MINUTE).toISOString(),
                };
            },
            onFault: (error) => faults.push(error),
        });
        return `http://127.0.0.1:${server.port}/credentials`;
    };
    beforeEach(() => ([asked, faults, lasting] = [0, [], 60]));
    afterEach(() => server?.close());

    it("are what AWS's own client makes of them", async () => {
        const uri = await start();
        const given = await fromHttp({ awsContainerCredentialsFullUri: uri })();
        assert.deepEqual([given.accessKeyId, given.secretAccessKey, given.sessionToken], ["key-1", "secret", "token"]);
        assert.ok(Math.abs((given.expiration?.getTime() ?? 0) - Date.now() - 60 * MINUTE) < MINUTE);
    });

    it("are fetched once for all who ask, and anew before clients would ask again", async () => {
        const uri = await start();
        await Promise.all(Array.from({ length: 10 }, () => fetch(uri)));
        assert.equal(asked, 1);
        lasting = 9;
        await server?.close();
        const other = await start();
        await fetch(other);
        await fetch(other);
        assert.equal(asked, 3, "nine minutes are too few");
    });

    it("go on as long as they last where AWS gives no others, and no longer", async () => {
        const uri = await start();
        lasting = 9;
        assert.equal((await fetch(uri)).status, 200);
        lasting = undefined;
        const again = await fetch(uri);
        assert.equal(((await again.json()) as Credentials).AccessKeyId, "key-1");
        assert.equal(faults.length, 1);
        await fetch(uri);
        assert.equal(asked, 2, "AWS is not asked again at once");
    });

    it("are refused in a line where there are none", async () => {
        lasting = undefined;
        const answer = await fetch(await start());
        assert.equal(answer.status, 503);
        assert.doesNotMatch(await answer.text(), /STS/);
    });

    it("are nothing for a page in a browser, nor for a name that leads here", async () => {
        const uri = await start();
        assert.equal((await fetch(uri, { headers: { origin: "https://example.com" } })).status, 403);
        assert.equal(await statusWithHost(uri, "rebound.example.com"), 403);
        assert.equal((await fetch(uri, { method: "POST" })).status, 405);
        assert.equal((await fetch(`${uri}/more`)).status, 404);
        assert.equal(asked, 0);
    });
});

function statusWithHost(uri: string, host: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
        request(uri, { headers: { host } }, (response) => {
            response.resume();
            resolve(response.statusCode);
        })
            .on("error", reject)
            .end();
    });
}
