export interface BareMessage {
    readonly topic: string;
    readonly key: string;
    readonly value: string;
}

/** A client of Kafka as its own documentation shows it: what the bridge is measured against, and was chosen by. */
export interface BareClient {
    /** Resolves when all are acknowledged by all replicas in sync. */
    send(messages: readonly BareMessage[]): Promise<void>;
    /** Reads topics from their ends on, as a member of a group. Resolves when it has begun to. */
    subscribe(topics: readonly string[], group: string, onMessage: (value: string, key: string) => void): Promise<void>;
}

export interface ClientOptions {
    readonly brokers: readonly string[];
    readonly clientId: string;
    /** Something failed that the client tries again by itself. */
    readonly onFault: (error: unknown) => void;
}

export type MakeClient = (options: ClientOptions) => Promise<BareClient>;
