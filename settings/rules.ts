import { brokerLimits } from "../components/model/broker-limits";
import { validateReplication } from "../components/model/replication";
import { type Problem, keyOf, show } from "./problem";
import { type Found, type Rule, rule } from "./rule";
import { databaseHasOneSize, databaseTakesTheFleet } from "./rules-database";
import {
    agentsFitTheirNodes,
    fleetFitsTheRange,
    fleetIsNotEmpty,
    nodeTypesAgree,
    nodeTypesAreKnown,
    scratchFitsTheDisk,
} from "./rules-fleet";
import { controlPlaneZones, rangeIsPrivate, statefulZonesHaveNodes, zonesAreInTheRegion } from "./rules-network";
import type { Settings } from "./schema";

/*
 * Rules that join several values of a configuration. Each names the sections it reads, and is left out while one of
 * them is wrong in itself, so that a rule never speaks of a value that has been refused already.
 */

/** What breaks the rules between values; of a partly refused configuration, those rules that can be decided. */
export function crossCheck(settings: Partial<Settings>): Problem[] {
    return RULES.filter(({ reads }) => reads.every((section) => settings[section] !== undefined)).flatMap(({ check }) =>
        check(settings as Settings).map(([path, value, text, remedy]) => ({
            key: keyOf(path),
            value,
            rule: text,
            remedy: typeof remedy === "string" ? remedy : show(remedy),
        })),
    );
}

const systemNodesHaveRoom = rule(["cluster"], ({ cluster: { systemNodes } }): Found[] =>
    systemNodes.maxPerZone < systemNodes.minPerZone
        ? [
              [
                  ["cluster", "systemNodes", "maxPerZone"],
                  systemNodes.maxPerZone,
                  `must not be less than minPerZone, which is ${systemNodes.minPerZone}`,
                  systemNodes.minPerZone,
              ],
          ]
        : [],
);

const loadRises = rule(["load"], ({ load: { interactionsPerDay } }): Found[] => {
    const { low, expected, high } = interactionsPerDay;
    const found = (key: "expected" | "high", least: number, than: string): Found => [
        ["load", "interactionsPerDay", key],
        interactionsPerDay[key],
        `must not be less than ${than}, which is ${least}`,
        least,
    ];
    return [
        ...(expected < low ? [found("expected", low, "low")] : []),
        ...(high < expected ? [found("high", expected, "expected")] : []),
    ];
});

const messagesSurvive = rule(["network", "brokers", "protect"], ({ network, brokers, protect }) => {
    const { count, replicationFactor, minInSyncReplicas } = brokers;
    const keys = {
        zones: "count",
        brokers: "count",
        replicationFactor: "replicationFactor",
        minInSyncReplicas: "minInSyncReplicas",
    } as const;
    return validateReplication(
        { zones: network.statefulZones, brokers: count, replicationFactor, minInSyncReplicas },
        protect,
    ).map(({ field, sentence, suggestion }): Found => [
        ["brokers", keys[field]],
        brokers[keys[field]],
        sentence,
        suggestion,
    ]);
});

const brokersHaveRoom = rule(["brokers"], ({ brokers }) => {
    const found: Found[] = [];
    if (brokers.maxVolumeGiB < brokers.volumeGiB) {
        const text = `must not be less than volumeGiB, which is ${brokers.volumeGiB}`;
        found.push([["brokers", "maxVolumeGiB"], brokers.maxVolumeGiB, text, brokers.volumeGiB]);
    }
    const replicas =
        Object.values(brokers.topics).reduce((sum, topic) => sum + topic.partitions, 0) * brokers.replicationFactor;
    const perBroker = Math.ceil(replicas / brokers.count);
    const limit = brokerLimits(brokers.instanceType).replicas;
    if (perBroker > limit) {
        const text = `have ${perBroker} replicas on each broker with replicationFactor ${brokers.replicationFactor}; ${brokers.instanceType} carries ${limit}`;
        found.push([["brokers", "topics"], brokers.topics, text, "fewer partitions, more brokers or larger ones"]);
    }
    return found;
});

const backupsAreElsewhere = rule(["region", "recovery"], ({ region, recovery: { copyRegion } }): Found[] =>
    copyRegion === region
        ? [
              [
                  ["recovery", "copyRegion"],
                  copyRegion,
                  `must be another region than the environment's, ${region}`,
                  region === "us-west-2" ? "us-east-1" : "us-west-2",
              ],
          ]
        : [],
);

const lockedBackupsAreKeptAYear = rule(["recovery", "retention"], ({ recovery, retention }): Found[] =>
    recovery.vaultLock && retention.backupDays < 365
        ? [
              [
                  ["retention", "backupDays"],
                  retention.backupDays,
                  "must be at least 365 where the vault is locked: a locked vault refuses shorter jobs",
                  400,
              ],
          ]
        : [],
);

/** What `protect: true` promises beyond deletion protection; the values that would break it. */
const protectedEnvironments = rule(
    ["protect", "network", "database", "retention", "recovery"],
    ({ protect, network, database, retention, recovery }) => {
        if (!protect) return [];
        const checks: [boolean, Found][] = [
            [
                network.natGateways === "per-zone",
                [
                    ["network", "natGateways"],
                    network.natGateways,
                    "must be per-zone where protect is true: a single gateway is lost with its zone",
                    "per-zone",
                ],
            ],
            [
                database.instances >= 2,
                [
                    ["database", "instances"],
                    database.instances,
                    "must be at least 2 where protect is true: without a reader in another zone a lost writer is an outage",
                    2,
                ],
            ],
            [
                retention.logDays >= 365,
                [
                    ["retention", "logDays"],
                    retention.logDays,
                    "must be at least 365 where protect is true: audit logs are kept a year",
                    400,
                ],
            ],
            [
                recovery.vaultLock,
                [
                    ["recovery", "vaultLock"],
                    recovery.vaultLock,
                    "must be true where protect is true: an unlocked vault can be emptied",
                    true,
                ],
            ],
            [
                recovery.restoreTesting,
                [
                    ["recovery", "restoreTesting"],
                    recovery.restoreTesting,
                    "must be true where protect is true: a backup that was never restored is a hope",
                    true,
                ],
            ],
        ];
        return checks.filter(([kept]) => !kept).map(([, found]) => found);
    },
);

/** All of them; a bench of fleets beyond any environment empties the list. */
export const RULES: Rule[] = [
    zonesAreInTheRegion,
    statefulZonesHaveNodes,
    controlPlaneZones,
    rangeIsPrivate,
    fleetIsNotEmpty,
    nodeTypesAreKnown,
    nodeTypesAgree,
    agentsFitTheirNodes,
    scratchFitsTheDisk,
    fleetFitsTheRange,
    loadRises,
    systemNodesHaveRoom,
    messagesSurvive,
    brokersHaveRoom,
    databaseHasOneSize,
    databaseTakesTheFleet,
    backupsAreElsewhere,
    lockedBackupsAreKeptAYear,
    protectedEnvironments,
];
