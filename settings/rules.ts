import { hostCount, isPrivate, parseCidr } from "../components/model/addresses";
import {
    allocatable,
    agentsPerNode,
    fleetCapacity,
    knownInstanceTypes,
    nodeAddresses,
} from "../components/model/capacity";
import { INSTANCE_TYPES, type InstanceType } from "../components/model/instance-types";
import { parseCpu, parseMemory } from "../components/model/quantities";
import { validateReplication } from "../components/model/replication";
import { allocate } from "../components/model/addresses";
import { demandOf, fleetOf } from "./fleet";
import { type Problem, keyOf, show } from "./problem";
import type { Settings } from "./schema";

/*
 * Rules that join several values of a configuration. Each names the sections it reads, and is left out while one of
 * them is wrong in itself, so that a rule never speaks of a value that has been refused already.
 */

type Section = keyof Settings;
type Found = readonly [path: readonly PropertyKey[], value: unknown, rule: string, remedy: unknown];

interface Rule {
    readonly reads: readonly Section[];
    check(settings: Settings): Found[];
}

function rule<S extends Section>(reads: readonly S[], check: (settings: Pick<Settings, S>) => Found[]): Rule {
    return { reads, check };
}

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

const zonesAreInTheRegion = rule(["region", "network"], ({ region, network }) =>
    (["zones", "statefulZones"] as const).flatMap((list) =>
        network[list].flatMap((zone, index): Found[] =>
            zone.slice(0, -1) === region
                ? []
                : [
                      [
                          ["network", list, index],
                          zone,
                          `must be a zone of the region ${region}`,
                          `${region}${"abc"[index]}`,
                      ],
                  ],
        ),
    ),
);

const statefulZonesHaveNodes = rule(["network"], ({ network: { zones, statefulZones } }) => {
    const missing = statefulZones.filter((zone) => !zones.includes(zone));
    if (missing.length > 0) {
        const text = `must be among the zones of the nodes (${zones.join(", ")}); ${missing.join(", ")} is not`;
        return [[["network", "statefulZones"], statefulZones, text, zones.slice(0, statefulZones.length)]];
    }
    return [];
});

// https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html: zone ids in which control planes cannot be.
const controlPlaneZones = rule(["network"], ({ network: { statefulZones } }): Found[] =>
    statefulZones.includes("us-east-1e")
        ? [
              [
                  ["network", "statefulZones"],
                  statefulZones,
                  "must not name us-east-1e, where EKS has no control planes",
                  ["us-east-1a", "us-east-1b"],
              ],
          ]
        : [],
);

const rangeIsPrivate = rule(["network"], ({ network: { cidr } }): Found[] => {
    const prefix = Number(cidr.split("/")[1]);
    const text =
        "must be a private range from /16 to /20 (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10) that starts at its own boundary";
    if (prefix < 16 || prefix > 20 || !startsAtBoundary(cidr) || !isPrivate(cidr)) {
        return [[["network", "cidr"], cidr, text, "10.64.0.0/16"]];
    }
    return [];
});

function startsAtBoundary(cidr: string): boolean {
    try {
        parseCidr(cidr);
        return true;
    } catch {
        return false;
    }
}

const nodeTypesAreKnown = rule(["fleet"], ({ fleet }) =>
    fleet.nodes.instanceTypes.flatMap((name, index): Found[] => {
        const path = ["fleet", "nodes", "instanceTypes", index];
        const type = INSTANCE_TYPES.get(name);
        if (!type) {
            const known = knownInstanceTypes().join(", ");
            return [[path, name, `must be a type whose limits the plan knows: ${known}`, "r8g.2xlarge"]];
        }
        try {
            nodeAddresses(type, fleet.nodes.maxPods);
            return [];
        } catch (error) {
            const value = fleet.nodes.maxPods;
            return [[["fleet", "nodes", "maxPods"], value, `is too much: ${(error as Error).message}`, 60]];
        }
    }),
);

const nodeTypesAgree = rule(["fleet", "cluster"], ({ fleet, cluster }) => {
    const lists = [
        { path: ["cluster", "systemNodes", "instanceTypes"], types: cluster.systemNodes.instanceTypes },
        { path: ["fleet", "nodes", "instanceTypes"], types: fleet.nodes.instanceTypes },
    ];
    return lists.flatMap(({ path, types }): Found[] => {
        const architectures = new Set(types.map(isArm));
        const text = "must all be of one architecture: an image is pinned for arm64 (Graviton) or for x86_64";
        return architectures.size > 1
            ? [[path, types, text, types.filter((name) => isArm(name) === isArm(types[0] ?? ""))]]
            : [];
    });
});

/** Graviton types carry a g after the generation: m8g, r7gd; m7i and c7a do not. */
function isArm(instanceType: string): boolean {
    return /^[a-z]+\d+g/.test(instanceType);
}

const agentsFitTheirNodes = rule(["fleet"], ({ fleet }) => {
    const types = knownTypes(fleet.nodes.instanceTypes);
    return Object.entries(fleet.classes).flatMap(([name, each]) => {
        const path = ["fleet", "classes", name];
        const found: Found[] = [];
        if (parseCpu(each.cpu.request) > parseCpu(each.cpu.limit)) {
            found.push([
                [...path, "cpu", "request"],
                each.cpu.request,
                `must not exceed the limit, which is ${each.cpu.limit}`,
                `at most ${each.cpu.limit}`,
            ]);
        }
        // Measured by OpenClaw's own enterprise guide: 1.2 to 1.6 GiB idle, peaks of 2.2 GiB, killed at a limit of 2 GiB.
        if (parseMemory(each.memory) < 2560) {
            found.push([
                [...path, "memory"],
                each.memory,
                "must be at least 2560Mi: an OpenClaw gateway peaks at 2.2 GiB",
                "3Gi",
            ]);
        }
        for (const type of types) {
            const free = allocatable(type, fleet.nodes.maxPods);
            if (parseCpu(each.cpu.limit) > type.vCpus * 1000) {
                const text = `must fit on a node: ${type.name} has ${type.vCpus} cores. Capacity grows by more pods, not by larger ones`;
                found.push([[...path, "cpu", "limit"], each.cpu.limit, text, String(type.vCpus)]);
            }
            if (agentsPerNode(demandOf(each), type, fleet.nodes.maxPods).agents === 0) {
                const text = `must fit on a node with what stands beside the agent: ${type.name} has ${free.memory} MiB free for agents`;
                found.push([
                    [...path, "memory"],
                    each.memory,
                    text,
                    "a smaller agent, or a larger type in openclaw:fleet.nodes.instanceTypes",
                ]);
            }
        }
        return found;
    });
});

/** Of a node's data volume; the rest holds images and logs, and the kubelet evicts when a tenth is left. */
const SCRATCH_SHARE = 0.8;

const scratchFitsTheDisk = rule(["fleet"], ({ fleet }) => {
    const { diskGiB, instanceTypes, maxPods } = fleet.nodes;
    return Object.entries(fleet.classes).flatMap(([name, each]): Found[] => {
        const scratchGiB = parseMemory(each.ephemeralStorage) / 1024;
        const agents = Math.max(
            ...knownTypes(instanceTypes).map((type) => agentsPerNode(demandOf(each), type, maxPods).agents),
        );
        const need = Math.ceil((agents * scratchGiB) / SCRATCH_SHARE);
        if (!Number.isFinite(need) || need <= diskGiB) return [];
        const text = `must hold the scratch space of a full node: ${agents} agents of class ${name} with ${each.ephemeralStorage} each, images and logs need ${need} GiB`;
        return [[["fleet", "nodes", "diskGiB"], diskGiB, text, need]];
    });
});

const fleetIsNotEmpty = rule(["fleet"], ({ fleet: { classes } }): Found[] =>
    Object.keys(classes).length === 0
        ? [
              [
                  ["fleet", "classes"],
                  classes,
                  "must have at least one entry",
                  "analyst: { agents: 4, ... } as in Pulumi.staging.yaml",
              ],
          ]
        : [],
);

const fleetFitsTheRange = rule(["network", "fleet", "cluster"], ({ network, fleet, cluster }): Found[] => {
    const { cidr, zones } = network;
    if (rangeIsPrivate.check({ network } as Settings).length > 0) return [];
    const types = knownTypes(fleet.nodes.instanceTypes);
    const fits = [agentsFitTheirNodes, nodeTypesAreKnown, fleetIsNotEmpty].every(
        ({ check }) => check({ fleet } as Settings).length === 0,
    );
    if (!fits || types.length === 0) return [];
    const need = Math.max(
        ...types.map(({ name }) => fleetCapacity(fleetOf({ network, fleet }, name)).addressesPerZone.zoneLost),
    );
    // System nodes and their pods: as many addresses each as an agent node's pods at most.
    const system = cluster.systemNodes.maxPerZone * SYSTEM_NODE_ADDRESSES;
    const [first = ""] = zones;
    const subnets = allocate(cidr, [...zones]);
    const available = hostCount(subnets[first]?.nodes ?? cidr);
    if (need + system <= available) return [];
    const agents = Object.values(fleet.classes).reduce((sum, each) => sum + each.agents, 0);
    const text =
        `is too small: each zone has ${available} addresses for nodes and pods, and with one of ${zones.length} zones lost ` +
        `${agents} agents and the system nodes need ${need + system} in each of the others`;
    return [[["network", "cidr"], cidr, text, widerThan(cidr, need + system)]];
});

/** Pods of a system node by prefixes, and its interfaces. */
const SYSTEM_NODE_ADDRESSES = 5 * 16 + 3;

/** A wider range of which an eighth holds so many addresses: half of a zone's quarter is for nodes. */
function widerThan(cidr: string, addresses: number): string {
    const prefix = Math.floor(32 - Math.log2((addresses + 5) * 8));
    if (prefix < 16) return "fewer agents, or a third zone: a VPC has at most a /16";
    const [address = ""] = cidr.split("/");
    const number = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
    const start = Math.floor(number / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
    return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".")}/${prefix}`;
}

function knownTypes(names: readonly string[]): InstanceType[] {
    return names.map((name) => INSTANCE_TYPES.get(name)).filter((type) => type !== undefined);
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
    const limit = partitionLimit(brokers.instanceType);
    if (perBroker > limit) {
        const text = `have ${perBroker} replicas on each broker with replicationFactor ${brokers.replicationFactor}; ${brokers.instanceType} carries ${limit}`;
        found.push([["brokers", "topics"], brokers.topics, text, "fewer partitions, more brokers or larger ones"]);
    }
    return found;
});

/** Replicas that MSK recommends for a broker at most (MSK developer guide, "Right-size your cluster"). */
function partitionLimit(instanceType: string): number {
    if (/\.(large|xlarge)$/.test(instanceType)) return 1000;
    return instanceType.endsWith(".2xlarge") ? 2000 : 4000;
}

const databaseHasOneSize = rule(["database"], ({ database }): Found[] => {
    const { instanceClass, serverless } = database;
    if ((instanceClass === undefined) === (serverless === undefined)) {
        const text = "must have exactly one of instanceClass and serverless";
        return [[["database"], { instanceClass, serverless }, text, "instanceClass: db.r8g.xlarge"]];
    }
    return serverless && serverless.maxAcu < serverless.minAcu
        ? [
              [
                  ["database", "serverless", "maxAcu"],
                  serverless.maxAcu,
                  `must not be less than minAcu, which is ${serverless.minAcu}`,
                  serverless.minAcu,
              ],
          ]
        : [];
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

const RULES: readonly Rule[] = [
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
    systemNodesHaveRoom,
    messagesSurvive,
    brokersHaveRoom,
    databaseHasOneSize,
    backupsAreElsewhere,
    lockedBackupsAreKeptAYear,
    protectedEnvironments,
];
