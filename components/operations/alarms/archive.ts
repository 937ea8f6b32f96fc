import type * as pulumi from "@pulumi/pulumi";
import { type AlarmDefinition, silenceChangesNothing, silenceIsFine } from "./definition";
import { firehose } from "./metrics";

/** Tier 3: whether decisions reach the archive that nobody can alter. */
export function archiveAlarms(deliveryStreamName: pulumi.Input<string>): AlarmDefinition[] {
    const metric = (name: string, statistic: string) => firehose(deliveryStreamName, name, statistic);
    return [
        {
            slug: "archive-freshness",
            title: "The oldest decision that is not yet in the archive is more than 15 minutes old",
            promise: 5,
            critical: true,
            watched: { metric: metric("DeliveryToS3.DataFreshness", "Maximum") },
            breachedWhen: ">",
            // Seconds: the longest that Firehose may collect before it writes, and so AWS's mark of a fault.
            threshold: 900,
            periodSeconds: 300,
            periods: 3,
            missing: silenceIsFine("no decision was waiting"),
            runbook: "archive-delivery",
        },
        {
            slug: "archive-failures",
            title: "Deliveries to the archive fail",
            promise: 5,
            critical: true,
            // Successful deliveries over those tried.
            watched: { metric: metric("DeliveryToS3.Success", "Average") },
            breachedWhen: "<",
            threshold: 1,
            periodSeconds: 300,
            periods: 3,
            missing: silenceIsFine("nothing was there to deliver"),
            runbook: "archive-delivery",
        },
        {
            slug: "archive-lag",
            title: "The archive has more than 1,000 decisions before it",
            promise: 5,
            critical: false,
            watched: { metric: metric("KafkaOffsetLag", "Maximum") },
            breachedWhen: ">",
            threshold: 1000,
            periodSeconds: 300,
            periods: 6,
            missing: silenceChangesNothing("a delivery that has lost its brokers reports no lag either"),
            runbook: "archive-delivery",
        },
    ];
}
