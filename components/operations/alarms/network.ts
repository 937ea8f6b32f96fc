import type * as pulumi from "@pulumi/pulumi";
import { type AlarmDefinition, silenceIsFailure, silenceIsFine } from "./definition";
import { nat } from "./metrics";

/** A NAT gateway and its zone. */
export interface NatGatewayId {
    readonly zone: string;
    readonly id: pulumi.Input<string>;
}

/** The ways out of the network. */
export function networkAlarms(natGatewayIds: readonly NatGatewayId[]): AlarmDefinition[] {
    return natGatewayIds.flatMap(({ zone, id }): AlarmDefinition[] => [
        {
            slug: `network-nat-silent-${zone}`,
            title: `The NAT gateway in ${zone} has reported nothing for 10 minutes`,
            promise: 6,
            critical: false,
            // What it counts does not matter: a gateway that is there reports each minute, without traffic a zero.
            watched: { metric: nat(id, "ActiveConnectionCount", "Maximum") },
            breachedWhen: "<",
            threshold: 0,
            periodSeconds: 300,
            periods: 2,
            missing: silenceIsFailure("the gateway or its zone is gone"),
            runbook: "network-nat",
        },
        {
            slug: `network-nat-ports-${zone}`,
            title: `The NAT gateway in ${zone} has no port left for a destination: connections are refused`,
            promise: 2,
            critical: false,
            watched: { metric: nat(id, "ErrorPortAllocation", "Sum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            periods: 2,
            missing: silenceIsFine("no connection was refused"),
            runbook: "network-nat",
        },
        {
            slug: `network-nat-drops-${zone}`,
            title: `The NAT gateway in ${zone} drops more than one packet in ten thousand`,
            promise: 6,
            critical: false,
            watched: {
                // AWS calls 0.01 % of the traffic the mark of a fault (VPC guide, NAT gateway metrics).
                expression: "100 * dropped / (outgoing + incoming)",
                metrics: {
                    dropped: nat(id, "PacketsDropCount", "Sum"),
                    outgoing: nat(id, "PacketsInFromSource", "Sum"),
                    incoming: nat(id, "PacketsInFromDestination", "Sum"),
                },
            },
            breachedWhen: ">",
            threshold: 0.01,
            periodSeconds: 300,
            periods: 3,
            missing: silenceIsFine("nothing went through the gateway"),
            runbook: "network-nat",
        },
    ]);
}
