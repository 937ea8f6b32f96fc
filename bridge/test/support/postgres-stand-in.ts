import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";

const SSL_REQUEST = 80877103;

/** Stands in for PostgreSQL up to the log-in: notes who comes with what. Every query has no rows. */
export class PostgresStandIn {
    readonly logins: { readonly parameters: Record<string, string>; readonly password: string }[] = [];
    readonly #server: Server;
    readonly #sockets = new Set<Socket>();
    #secure: SecureContext | undefined;

    private constructor() {
        this.#server = createServer((socket) => {
            this.#sockets.add(socket);
            socket.on("error", () => undefined);
            socket.once("data", (first) => this.#begin(socket, first));
        });
    }

    /** @param tls certificate and key as PEM; without, it has no TLS */
    static async start(tls?: { readonly cert: string; readonly key: string }): Promise<PostgresStandIn> {
        const standIn = new PostgresStandIn();
        standIn.#secure = tls && createSecureContext(tls);
        await new Promise<void>((resolve) => standIn.#server.listen(0, "127.0.0.1", resolve));
        return standIn;
    }

    get port(): number {
        const address = this.#server.address();
        return typeof address === "object" && address !== null ? address.port : 0;
    }

    /** Ends all connections, as a failover does. */
    drop(): void {
        for (const socket of this.#sockets) socket.destroy();
        this.#sockets.clear();
    }

    stop(): void {
        this.#server.close();
        this.drop();
    }

    #begin(socket: Socket, first: Buffer): void {
        if (first.readInt32BE(4) !== SSL_REQUEST) return this.#login(socket, first);
        if (this.#secure === undefined) {
            socket.write("N");
            return;
        }
        socket.write("S");
        const encrypted = new TLSSocket(socket, { isServer: true, secureContext: this.#secure });
        encrypted.on("error", () => undefined);
        encrypted.once("data", (startup) => this.#login(encrypted, startup));
    }

    #login(socket: Socket, startup: Buffer): void {
        const words = startup.subarray(8).toString("utf8").split("\0");
        const parameters: Record<string, string> = {};
        for (let n = 0; n + 1 < words.length && words[n] !== ""; n += 2)
            parameters[words[n] ?? ""] = words[n + 1] ?? "";
        socket.write(message("R", int(3)));
        socket.once("data", (answer) => {
            this.logins.push({ parameters, password: answer.subarray(5, -1).toString("utf8") });
            socket.write(Buffer.concat([message("R", int(0)), message("Z", Buffer.from("I"))]));
            socket.on("data", () =>
                socket.write(Buffer.concat([message("C", Buffer.from("SELECT 0\0")), message("Z", Buffer.from("I"))])),
            );
        });
    }
}

function message(kind: string, body: Buffer): Buffer {
    return Buffer.concat([Buffer.from(kind), int(body.length + 4), body]);
}

function int(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
}
