import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Credentials } from "./model-role";

/** Clients ask again five minutes before the end; what they are given then must be new. Unit: ms. */
const RENEW_BEFORE = 10 * 60_000;
/** After a failure, while what is there is still good. Unit: ms. */
const PAUSE = 30_000;

export interface CredentialsOptions {
    readonly port: number;
    readonly credentials: () => Promise<Credentials>;
    readonly onFault: (error: unknown) => void;
}

/**
 * Gives the agent's gateway AWS credentials, as AWS_CONTAINER_CREDENTIALS_FULL_URI asks for them: those of its model alone. The
 * pod's own, by which brokers, database and state are reached, are in no container that the agent's shell is in.
 */
export class CredentialsServer {
    readonly #options: CredentialsOptions;
    readonly #server: Server;
    #current: Credentials | undefined;
    #renewing: Promise<Credentials> | undefined;
    #notBefore = 0;

    private constructor(options: CredentialsOptions) {
        this.#options = options;
        this.#server = createServer((request, response) => void this.#answer(request, response));
    }

    /** @throws where the port is taken */
    static async start(options: CredentialsOptions): Promise<CredentialsServer> {
        const credentials = new CredentialsServer(options);
        await new Promise<void>((resolve, reject) => {
            credentials.#server.once("error", reject);
            credentials.#server.listen(options.port, "127.0.0.1", () => {
                credentials.#server.off("error", reject);
                resolve();
            });
        });
        return credentials;
    }

    /** The port that it listens on; of use where 0 was asked for. */
    get port(): number {
        return (this.#server.address() as AddressInfo).port;
    }

    async close(): Promise<void> {
        const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
        this.#server.closeAllConnections();
        await closed;
    }

    async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        request.resume();
        const { host = "", origin } = request.headers;
        // A page in a browser could be led here under a name of its own; what is meant for here says so.
        if (!/^(127\.0\.0\.1|localhost)(:[0-9]+)?$/.test(host) || origin !== undefined)
            return reply(response, 403, { message: "only the agent's own gateway is served here" });
        if (request.url !== "/credentials") return reply(response, 404, { message: "credentials are at /credentials" });
        if (request.method !== "GET") return reply(response, 405, { message: "credentials are fetched by GET" });
        try {
            reply(response, 200, await this.#valid());
        } catch (error) {
            this.#options.onFault(error);
            reply(response, 503, { message: "AWS gives no credentials just now" });
        }
    }

    /** Credentials that last for a while; those that are there as long as they last, where AWS gives no others. */
    async #valid(): Promise<Credentials> {
        const left = this.#current === undefined ? 0 : Date.parse(this.#current.Expiration) - Date.now();
        if (this.#current !== undefined && (left > RENEW_BEFORE || (left > 0 && Date.now() < this.#notBefore)))
            return this.#current;
        // One request for all who ask at once.
        this.#renewing ??= this.#options.credentials().finally(() => (this.#renewing = undefined));
        try {
            this.#current = await this.#renewing;
        } catch (error) {
            this.#notBefore = Date.now() + PAUSE;
            if (this.#current === undefined || left <= 0) throw error;
            this.#options.onFault(error);
        }
        return this.#current;
    }
}

function reply(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(body));
}
