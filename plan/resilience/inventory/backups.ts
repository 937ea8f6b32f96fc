import { daysBetween } from "../../../components/model/schedules";
import { DAY_SECONDS } from "../recovery-times";
import { flagAt, listAt, numberAt, type Shelf, textAt, textsAt } from "../read";
import { isEncrypted, isVersioned } from "./agents";

/** Where backups of the database lie, and how they come there. */
export interface Vault {
    readonly arn: string;
    readonly name: string;
    readonly region: string;
    readonly encrypted: boolean;
    /** Whether nobody, the account's owner included, can delete a backup before its day. */
    readonly locked: boolean;
    /** Days a backup is kept. Undefined where none is put here, or it is not said. */
    readonly days?: number;
    /** Seconds between two backups, the time in which one may start included. */
    readonly everySeconds?: number;
    /** Whether it holds copies of another vault's backups. */
    readonly copyOf?: string;
    /** Whether restores from it are tried. */
    readonly tried: boolean;
}

/** The decision log outside the database. */
export interface Archive {
    readonly bucket: string;
    /** COMPLIANCE: nobody can lift it. GOVERNANCE: an administrator can. */
    readonly mode?: string;
    readonly days?: number;
    readonly versioned: boolean;
    readonly encrypted: boolean;
    /** The topic that it is fed from, and after how many seconds at most; absent where nothing feeds it. */
    readonly feed?: { readonly topic: string; readonly seconds?: number; readonly stream: string };
}

export function vaultsOf(shelf: Shelf, region: string, databaseArn: string | undefined): Vault[] {
    const covered = new Set(
        shelf
            .all("aws:backup/selection:Selection")
            .filter(({ inputs }) => databaseArn !== undefined && textsAt(inputs, "resources").includes(databaseArn))
            .map(({ inputs }) => textAt(inputs, "planId")),
    );
    const rules = shelf
        .all("aws:backup/plan:Plan")
        .filter(({ outputs }) => covered.has(textAt(outputs, "id")))
        .flatMap(({ inputs }) => listAt(inputs, "rules"));
    const tried = shelf
        .all("aws:backup/restoreTestingPlan:RestoreTestingPlan")
        .flatMap(({ inputs }) => textsAt(inputs, "recoveryPointSelection.includeVaults"));
    return shelf.all("aws:backup/vault:Vault").map(({ inputs, outputs, name: resourceName }) => {
        const name = textAt(inputs, "name") ?? resourceName;
        const arn = textAt(outputs, "arn") ?? "";
        const own = textAt(inputs, "region") ?? region;
        const direct = own === region ? rules.find((rule) => textAt(rule, "targetVaultName") === name) : undefined;
        const copied = rules
            .flatMap((rule) => listAt(rule, "copyActions").map((copy) => ({ rule, copy })))
            .find(({ copy }) => textAt(copy, "destinationVaultArn") === arn);
        return {
            arn,
            name,
            region: own,
            encrypted: textAt(inputs, "kmsKeyArn") !== undefined,
            locked: isLocked(shelf, name, own, region),
            days: numberAt(direct ?? copied?.copy, "lifecycle.deleteAfter"),
            everySeconds: everySecondsOf(direct ?? copied?.rule),
            copyOf: direct ? undefined : textAt(copied?.rule, "targetVaultName"),
            tried: tried.includes(arn),
        };
    });
}

/** With a number of days the lock becomes permanent after them; without, an administrator can take it off. */
function isLocked(shelf: Shelf, vault: string, vaultRegion: string, region: string): boolean {
    return shelf
        .all("aws:backup/vaultLockConfiguration:VaultLockConfiguration")
        .some(
            ({ inputs }) =>
                textAt(inputs, "backupVaultName") === vault &&
                (textAt(inputs, "region") ?? region) === vaultRegion &&
                numberAt(inputs, "changeableForDays") !== undefined,
        );
}

function everySecondsOf(rule: Parameters<typeof textAt>[0]): number | undefined {
    const days = daysBetween(textAt(rule, "schedule"));
    const window = numberAt(rule, "startWindow");
    return days === undefined || window === undefined ? undefined : days * DAY_SECONDS + window * 60;
}

/** The bucket with Object Lock that a delivery stream writes into. */
export function archiveOf(shelf: Shelf): Archive | undefined {
    const lock = shelf.all("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")[0]?.inputs;
    const locked = shelf.all("aws:s3/bucket:Bucket").find(({ inputs }) => flagAt(inputs, "objectLockEnabled") === true);
    const bucket = textAt(lock, "bucket") ?? textAt(locked?.outputs, "id");
    if (bucket === undefined) return undefined;
    const arn = textAt(shelf.byId("aws:s3/bucket:Bucket", bucket)?.outputs, "arn");
    const stream = shelf
        .all("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream")
        .find(({ inputs }) => arn !== undefined && textAt(inputs, "extendedS3Configuration.bucketArn") === arn);
    const topic = textAt(stream?.inputs, "mskSourceConfiguration.topicName");
    const years = numberAt(lock, "rule.defaultRetention.years");
    const enabled = textAt(lock, "objectLockEnabled") === "Enabled";
    return {
        bucket,
        mode: enabled ? textAt(lock, "rule.defaultRetention.mode") : undefined,
        days: enabled ? (numberAt(lock, "rule.defaultRetention.days") ?? (years && years * 365)) : undefined,
        versioned: isVersioned(shelf, bucket),
        encrypted: isEncrypted(shelf, bucket),
        feed:
            topic === undefined
                ? undefined
                : {
                      topic,
                      seconds: numberAt(stream?.inputs, "extendedS3Configuration.bufferingInterval"),
                      stream: textAt(stream?.inputs, "name") ?? "?",
                  },
    };
}
