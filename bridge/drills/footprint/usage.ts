import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Of Linux, on all processors that Node runs on. Unit: ticks a second. */
const TICKS = 100;
/** State of a TCP connection that stands. */
const ESTABLISHED = "01";

/** Resident memory of a process. Unit: MB. */
export interface Memory {
    readonly all: number;
    /** Part of it that is its own; the rest are pages of files, such as Node's binary, which processes of one image share. */
    readonly own: number;
}

export function memoryOf(pid: number): Memory {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const megabytes = (name: string) =>
        (Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) * 1024) / 1e6;
    return { all: megabytes("VmRSS"), own: megabytes("RssAnon") };
}

export function larger(one: Memory, other: Memory): Memory {
    return { all: Math.max(one.all, other.all), own: Math.max(one.own, other.own) };
}

/** Processor time that a process has taken so far. Unit: s. */
export function processorOf(pid: number): number {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold spaces; user and system time are the 12th and 13th fields behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Connections of a process that stand, by the other side's port. */
export function connectionsOf(pid: number): Map<number, number> {
    const sockets = new Set<string>();
    for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
        try {
            const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1];
            if (inode !== undefined) sockets.add(inode);
        } catch {
            // Closed meanwhile.
        }
    }
    const ports = new Map<number, number>();
    for (const table of ["tcp", "tcp6"]) {
        for (const line of readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n").slice(1)) {
            const fields = line.trim().split(/\s+/);
            const [, , remote = "", state] = fields;
            if (state !== ESTABLISHED || !sockets.has(fields[9] ?? "")) continue;
            const port = Number.parseInt(remote.slice(remote.lastIndexOf(":") + 1), 16);
            ports.set(port, (ports.get(port) ?? 0) + 1);
        }
    }
    return ports;
}
