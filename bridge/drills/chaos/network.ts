import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";

/** Address of the drill itself, where the database listens. */
export const HUB = "10.77.0.1";

/** A place in the network: with a namespace, an address and a cable of its own. */
export interface Place {
    readonly address: string;
    /** What a command line begins with to run there. */
    readonly enter: readonly string[];
    /** Pulls the cable: packets vanish, connections hang, nobody is told. */
    cut(): void;
    mend(): void;
    /** Gives the place up. */
    leave(): void;
}

/**
 * A switch with a cable to each broker and each pod. To be opened in a network and a mount namespace of the drill's own, with which
 * all of it goes.
 */
export class Network {
    #places = 0;

    constructor() {
        // Names of namespaces are files there; the machine's own stay out of sight.
        mkdirSync("/run/netns", { recursive: true });
        call("mount", "-t", "tmpfs", "tmpfs", "/run/netns");
        ip("link", "set", "lo", "up");
        ip("link", "add", "switch", "type", "bridge");
        ip("address", "add", `${HUB}/16`, "dev", "switch");
        ip("link", "set", "switch", "up");
    }

    /** @param address within 10.77.0.0/16 */
    join(name: string, address: string): Place {
        const cable = `cable${this.#places++}`;
        ip("netns", "add", name);
        ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name);
        ip("link", "set", cable, "master", "switch");
        ip("link", "set", cable, "up");
        for (const command of [
            ["link", "set", "lo", "up"],
            ["address", "add", `${address}/16`, "dev", "eth0"],
            ["link", "set", "eth0", "up"],
        ])
            ip("-netns", name, ...command);
        return {
            address,
            enter: ["ip", "netns", "exec", name],
            cut: () => ip("link", "set", cable, "down"),
            mend: () => ip("link", "set", cable, "up"),
            leave: () => {
                ip("link", "delete", cable);
                ip("netns", "delete", name);
            },
        };
    }
}

function ip(...args: string[]): void {
    call("ip", ...args);
}

function call(command: string, ...args: string[]): void {
    const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
}
