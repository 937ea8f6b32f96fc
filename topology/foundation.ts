import { Keys } from "../components/foundation/keys";
import { Network } from "../components/foundation/network";
import type { Context } from "./context";

/** What the tiers stand on: a key for each purpose, and the network. */
export function createFoundation({ config, platform, opts }: Context) {
    const { arns: keys } = new Keys("keys", { platform }, opts);
    const network = new Network("network", { platform, ...config.network, logsKeyArn: keys.logs }, opts);
    return { keys, network };
}

export type Foundation = ReturnType<typeof createFoundation>;
