import { generateAuthToken } from "aws-msk-iam-sasl-signer-js";
import { murmur2 } from "@platformatic/kafka";
import type { KafkaSettings } from "../settings";

/** Tokens of IAM are good for 15 minutes; a new one is made while the old one is still good for this long. Unit: ms. */
const RENEW_BEFORE = 3 * 60_000;

/**
 * How clients reach the brokers. With IAM: over TLS, with the broker's name checked against its certificate, and a token of the pod's
 * own identity, made anew for each connection that needs one.
 */
export function connection({ brokers, auth, region }: KafkaSettings, clientId: string) {
    return {
        clientId,
        bootstrapBrokers: turned(brokers, Math.floor(Math.random() * brokers.length)),
        connectTimeout: 5000,
        // A broker that says nothing for this long is gone: its partitions have another leader by then.
        timeout: 10_000,
        // Each client tries again in its own way, where the state is known.
        retries: 1,
        retryDelay: 200,
        metadataMaxAge: 60_000,
        ...(auth === "iam" && {
            tls: { rejectUnauthorized: true },
            tlsServerName: true,
            sasl: { mechanism: "OAUTHBEARER" as const, token: tokens(region ?? "") },
        }),
    };
}

/** The client begins with the first and stays connected to it: hundreds of agents would all be connected to that one. */
function turned(brokers: readonly string[], by: number): string[] {
    return [...brokers.slice(by), ...brokers.slice(0, by)];
}

/** Partition of a key among those of its topic, as Kafka's own clients reckon: sessions stay where they are, whoever writes. */
export function partitioner(_message: unknown, key: Buffer | undefined): number {
    return key === undefined ? 0 : murmur2(key) & 0x7fffffff;
}

/** One token for all connections, until it runs out. */
function tokens(region: string): () => Promise<string> {
    let current: { readonly token: Promise<string>; readonly until: number } | undefined;
    return () => {
        if (current !== undefined && Date.now() < current.until) return current.token;
        const made = generateAuthToken({ region });
        const attempt = { token: made.then(({ token }) => token), until: Date.now() + RENEW_BEFORE };
        current = attempt;
        made.then(
            ({ expiryTime }) => {
                if (current === attempt) current = { token: attempt.token, until: expiryTime - RENEW_BEFORE };
            },
            // The next connection asks again.
            () => {
                if (current === attempt) current = undefined;
            },
        );
        return attempt.token;
    };
}
