import { parse } from "yaml";
import { z } from "zod";
import { seconds } from "./quantity";

/** What is judged of a configuration of Litestream; the rest of it is left alone. */
const configuration = z.object({
    snapshot: z.object({ retention: z.string().optional() }).optional(),
    dbs: z
        .array(
            z.object({
                path: z.string(),
                replica: z
                    .object({
                        type: z.string().optional(),
                        bucket: z.string().optional(),
                        path: z.string().optional(),
                        "sync-interval": z.string().optional(),
                    })
                    .default({}),
            }),
        )
        .default([]),
});

/** Bounds of what a replication may lose, and how long it goes back. */
export interface ReplicationBounds {
    readonly largestLossSeconds: number;
    readonly smallestRetentionHours: number;
}

/** What is wrong with the replication of an agent's databases. */
export function replicationFaults(text: string, namespace: string, bounds: ReplicationBounds): string[] {
    const found = configuration.safeParse(parsed(text));
    if (!found.success || found.data.dbs.length === 0) return ["names no database to replicate"];
    const { dbs, snapshot } = found.data;
    const hours = seconds(snapshot?.retention) / 3600;
    const paths = dbs.map(({ replica }) => replica.path);
    const each = dbs.flatMap(({ path, replica }) => {
        const loss = seconds(replica["sync-interval"]);
        const own = replica.path?.startsWith(`${namespace}/\${POD_NAME}/`);
        return [
            ...(replica.type === "s3" && replica.bucket ? [] : [`replicates ${path} to no bucket`]),
            ...(own ? [] : [`replicates ${path} to ${replica.path ?? "nowhere"}, which is not the agent's own`]),
            ...(loss > 0 && loss <= bounds.largestLossSeconds
                ? []
                : [
                      `replicates ${path} after ${replica["sync-interval"] ?? "no set time"}, ${bounds.largestLossSeconds} s are the most`,
                  ]),
        ];
    });
    return [
        ...each,
        ...(new Set(paths).size === paths.length ? [] : ["replicates two databases to one place"]),
        ...(hours >= bounds.smallestRetentionHours
            ? []
            : [
                  `keeps snapshots ${snapshot?.retention ?? "no set time"}, ${bounds.smallestRetentionHours} h are required`,
              ]),
    ];
}

/** Many agents have one configuration, and rules are asked again and again. */
const known = new Map<string, unknown>();
const KNOWN_AT_MOST = 100;

function parsed(text: string): unknown {
    if (!known.has(text)) {
        if (known.size >= KNOWN_AT_MOST) known.clear();
        known.set(text, parsedAnew(text));
    }
    return known.get(text);
}

function parsedAnew(text: string): unknown {
    try {
        return parse(text);
    } catch {
        return undefined;
    }
}
