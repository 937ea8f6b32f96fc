import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { UsageError } from "./connect";
import type { AnchorStore, Publish } from "./upkeep";
import type { Anchor } from "./verify";

interface Bucket {
    readonly bucket: string;
    readonly prefix: string;
}

/** A folder, or `s3://bucket/prefix`; in the bucket the default retention locks what is written. */
export function storeAt(place: string, region?: string): AnchorStore {
    const target = bucketOf(place);
    if (target === undefined) {
        return {
            async write(name, text) {
                const file = join(place, name);
                mkdirSync(dirname(file), { recursive: true });
                // Never over one that is there.
                writeFileSync(file, text, { flag: "wx" });
            },
        };
    }
    const s3 = new S3Client({ region });
    return {
        async write(name, text) {
            await s3.send(
                new PutObjectCommand({
                    Bucket: target.bucket,
                    Key: keyOf(target, name),
                    Body: text,
                    ContentType: "application/json",
                }),
            );
        },
    };
}

/** All anchors that were ever taken. */
export async function anchorsAt(place: string, region?: string): Promise<Anchor[]> {
    const target = bucketOf(place);
    const texts = target === undefined ? filesBelow(place) : await objectsBelow(target, region);
    return texts.flatMap((text) => JSON.parse(text) as Anchor[]);
}

/** Figures for alarms, under a namespace of CloudWatch; without one they are not sent. */
export function metricsTo(namespace: string | undefined, environment: string, region?: string): Publish {
    if (namespace === undefined) return async () => undefined;
    const cloudwatch = new CloudWatchClient({ region });
    return async (metrics) => {
        const Dimensions = [{ Name: "Environment", Value: environment }];
        const MetricData = Object.entries(metrics).map(([MetricName, Value]) => ({ MetricName, Value, Dimensions }));
        await cloudwatch.send(new PutMetricDataCommand({ Namespace: namespace, MetricData }));
    };
}

function bucketOf(place: string): Bucket | undefined {
    const match = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place);
    return match ? { bucket: match[1] ?? "", prefix: match[2] ?? "" } : undefined;
}

function keyOf({ prefix }: Bucket, name: string): string {
    return [prefix.replace(/\/$/, ""), name].filter(Boolean).join("/");
}

function filesBelow(place: string): string[] {
    try {
        if (statSync(place).isFile()) return [readFileSync(place, "utf8")];
        return readdirSync(place, { recursive: true, encoding: "utf8" })
            .filter((name) => name.endsWith(".json"))
            .map((name) => readFileSync(join(place, name), "utf8"));
    } catch (error) {
        throw new UsageError(
            `cannot read anchors at ${place}: ${error instanceof Error ? error.message : String(error)}`,
        );
    }
}

async function objectsBelow(target: Bucket, region?: string): Promise<string[]> {
    const s3 = new S3Client({ region });
    const texts: string[] = [];
    let ContinuationToken: string | undefined;
    do {
        const page = await s3.send(
            new ListObjectsV2Command({ Bucket: target.bucket, Prefix: keyOf(target, "anchors/"), ContinuationToken }),
        );
        for (const { Key } of page.Contents ?? []) {
            const { Body } = await s3.send(new GetObjectCommand({ Bucket: target.bucket, Key }));
            texts.push((await Body?.transformToString()) ?? "[]");
        }
        ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return texts;
}
