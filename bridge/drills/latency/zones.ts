import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cached, run } from "../../../drills/components/cache";
import { endWithUs } from "../../../drills/components/processes";

/** Address of the drill itself, in the first zone. */
export const HUB = "10.78.0.1";

/** As within a VPC. Unit: bytes. Source: Amazon EC2 user guide, "Network maximum transmission unit". */
const MTU = "9001";

export const ZONES = ["a", "b"] as const;
export type Zone = (typeof ZONES)[number];

/** A place in a zone, with a namespace, an address and a cable of its own. */
export interface Place {
    readonly address: string;
    /** What a command line begins with to run there. */
    readonly enter: readonly string[];
}

/**
 * Two zones: a switch each, and a cable between that takes its time in either direction. To be opened in a network and a mount
 * namespace of the drill's own, with which all of it goes.
 */
export class Zones {
    #places = 0;

    private constructor(
        /** What delays frames: the kernel's netem, or the drill's own forwarding where the kernel has none. */
        readonly by: "netem" | "cable.go",
    ) {}

    /** @param delay of a frame on its way to the other zone. Unit: ms */
    static async open(delay: number): Promise<Zones> {
        // Names of namespaces are files there; the machine's own stay out of sight.
        mkdirSync("/run/netns", { recursive: true });
        call("mount", "-t", "tmpfs", "tmpfs", "/run/netns");
        ip("link", "set", "lo", "up");
        for (const zone of ZONES) {
            ip("link", "add", `zone-${zone}`, "mtu", MTU, "type", "bridge");
            ip("link", "set", `zone-${zone}`, "up");
        }
        ip("address", "add", `${HUB}/16`, "dev", "zone-a");
        return new Zones(await joined(delay));
    }

    /** @param address within 10.78.0.0/16 */
    place(name: string, zone: Zone, address: string): Place {
        const cable = `cable${this.#places++}`;
        ip("netns", "add", name);
        ip("link", "add", cable, "mtu", MTU, "type", "veth", "peer", "name", "eth0", "mtu", MTU, "netns", name);
        ip("link", "set", cable, "master", `zone-${zone}`);
        ip("link", "set", cable, "up");
        ip("-netns", name, "link", "set", "lo", "up");
        ip("-netns", name, "address", "add", `${address}/16`, "dev", "eth0");
        ip("-netns", name, "link", "set", "eth0", "up");
        return { address, enter: ["ip", "netns", "exec", name] };
    }
}

/** Joins the two switches. */
async function joined(delay: number): Promise<Zones["by"]> {
    const ends = ZONES.map((zone) => [`from-${zone}`, `zone-${zone}`] as const);
    ip("link", "add", "from-a", "mtu", MTU, "type", "veth", "peer", "name", "from-b", "mtu", MTU);
    const isNetem = ends.every(
        ([end]) =>
            spawnSync("tc", ["qdisc", "add", "dev", end, "root", "netem", "delay", `${delay}ms`, "limit", "100000"])
                .status === 0,
    );
    if (!isNetem) {
        ip("link", "delete", "from-a");
        await startCable(delay);
    }
    for (const [end, zone] of ends) {
        ip("link", "set", end, "mtu", MTU, "master", zone);
        ip("link", "set", end, "up");
    }
    return isNetem ? "netem" : "cable.go";
}

/** Makes sure that there is something to delay frames with: the kernel's netem, or what stands in for it. */
export async function prepareDelay(): Promise<void> {
    const tried = ["--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"];
    if (spawnSync("unshare", tried).status !== 0) await cable();
}

/** The program that delays frames where the kernel has no netem, by its own source. */
async function cable(): Promise<string> {
    const source = join(__dirname, "cable.go");
    const version = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 12);
    const folder = await cached("cable", version, async (draft) => {
        await run("go", ["build", "-o", join(draft, "cable"), source], {
            env: { CGO_ENABLED: "0" },
            why: "this kernel has no netem; what delays packets instead is built with Go 1.21 or newer (https://go.dev/doc/install)",
        });
    });
    return join(folder, "cable");
}

async function startCable(delay: number): Promise<void> {
    const child = spawn(await cable(), ["from-a", "from-b", String(Math.round(delay * 1000))], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    endWithUs(child);
    return new Promise((resolve, reject) => {
        child.stdout.once("data", () => resolve());
        child.once("error", reject);
        child.once("close", (code) => reject(new Error(`the cable between the zones ended with ${code}`)));
    });
}

/** Time of a packet to the other zone and back, as ping sees it. Unit: ms; undefined: there is no ping. */
export function roundTrip(from: Place, to: Place): number | undefined {
    const [command = "", ...args] = [...from.enter, "ping", "-q", "-c", "20", "-i", "0.05", to.address];
    const { stdout } = spawnSync(command, args, { encoding: "utf8" });
    const average = /= [\d.]+\/([\d.]+)\//.exec(stdout)?.[1];
    return average === undefined ? undefined : Number(average);
}

function ip(...args: string[]): void {
    call("ip", ...args);
}

function call(command: string, ...args: string[]): void {
    const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
}
