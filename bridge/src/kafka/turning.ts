import { type Base, kGetBootstrapConnection } from "@platformatic/kafka";

/**
 * Lets a client ask another broker who leads what, whenever it was told something wrong: on its own it asks the first one of its list,
 * again and again, and a broker that is being ended or cut off tells what it last knew, for as long as it is there.
 */
export function turning<C extends Base>(client: C): C {
    let turn = 0;
    const clearMetadata = client.clearMetadata.bind(client);
    const getBootstrapConnection = client[kGetBootstrapConnection].bind(client);
    client.clearMetadata = () => {
        turn += 1;
        clearMetadata();
    };
    // The client begins with another broker for each attempt.
    client[kGetBootstrapConnection] = (callback, attempt = 0) => getBootstrapConnection(callback, attempt + turn);
    return client;
}
