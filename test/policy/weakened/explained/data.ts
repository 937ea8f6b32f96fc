import type { Explanation } from "./explanation";

/** What data and its keys may lose unnoticed. */
export const DATA: readonly Explanation[] = [
    {
        types: /^aws:s3\/bucket(:Bucket|LifecycleConfiguration:BucketLifecycleConfiguration|ServerSideEncryptionConfiguration:.*)$/,
        paths: /^(objectLockEnabled|rules\.\*\.(filter\.prefix|transitions|expiration\.expiredObjectDeleteMarker|bucketKeyEnabled))$/,
        because:
            "of the bucket of access logs, or how cheaply it is kept; how long it is kept, and that the archive is locked, has rules",
    },
    {
        types: /^aws:s3\/bucketPolicy:BucketPolicy$/,
        paths: /Condition\.Null\./,
        because: "lets requests without the header through, which the bucket's default encrypts under its own key",
    },
    {
        types: /^aws:kms\/key:Key$/,
        paths: /^policy\.#\.Statement\.\*\.(Action(\.\*)?|Principal\.Service\.\*|Condition\..*)$/,
        because: "fewer rights than a service needs stop that service; too many have rules",
    },
];
