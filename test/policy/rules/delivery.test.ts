import { decisionArchive, deliveryComplete, deliveryReadable } from "../../../policy/rules/delivery";
import { all, remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const STREAM = "archive-delivery-stream";
const SOURCE = "mskSourceConfiguration";
const TARGET = "extendedS3Configuration";

describe("policy: delivery to the archive", () => {
    prove(decisionArchive, {
        breaks: [
            set(STREAM, `${SOURCE}.topicName`, "audit-events"),
            all(remove("archive-lock"), set("archive-bucket", "objectLockEnabled", false)),
        ],
        missing: unset(STREAM, `${SOURCE}.topicName`),
        unknown: unknown("topics-decisions", "name"),
        also: {
            "bucket-history": "a bucket without a lock must keep the history of its objects",
            "bucket-versions-kept": "a bucket without a lock must keep the history of its objects",
        },
    });

    prove(deliveryComplete, {
        breaks: [
            set(STREAM, `${SOURCE}.authenticationConfiguration.connectivity`, "PUBLIC"),
            set(STREAM, `${SOURCE}.readFromTimestamp`, "2026-11-22T00:00:00Z"),
            unset(STREAM, `${SOURCE}.authenticationConfiguration.roleArn`),
        ],
        missing: unset(STREAM, `${SOURCE}.readFromTimestamp`),
        unknown: unknown(STREAM, `${SOURCE}.readFromTimestamp`),
    });

    prove(deliveryReadable, {
        breaks: [
            set(STREAM, `${TARGET}.bufferingInterval`, 900),
            set(STREAM, `${TARGET}.bufferingSize`, 0),
            set(STREAM, `${TARGET}.compressionFormat`, "UNCOMPRESSED"),
            set(STREAM, `${TARGET}.prefix`, "decisions/"),
            set(STREAM, `${TARGET}.errorOutputPrefix`, "decisions/"),
            set(STREAM, `${TARGET}.processingConfiguration.enabled`, false),
            set(STREAM, `${TARGET}.processingConfiguration.processors`, []),
            set(STREAM, `${TARGET}.processingConfiguration.processors.0.parameters.0.parameterValue`, ","),
            set(STREAM, "destination", "http_endpoint"),
        ],
        missing: unset(STREAM, `${TARGET}.bufferingInterval`),
        unknown: unknown(STREAM, `${TARGET}.bufferingInterval`),
    });
});
