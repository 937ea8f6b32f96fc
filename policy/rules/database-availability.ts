import { z } from "zod";
import type { Resource, Stack } from "../engine/resource";
import { resourceRule, stackRule } from "../engine/rule";
import { CLUSTER, CLUSTER_INSTANCE, DATABASES, INSTANCE, PROXY, SERVERS } from "./support/databases";
import { referred, referring } from "./support/related";
import { requireFlag, requireForm } from "./support/values";

const SUBNET = "aws:ec2/subnet:Subnet";
const SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup";

/** The instances of each cluster. */
function instancesOf(stack: Stack): (cluster: Resource) => readonly Resource[] {
    return referring(stack, [CLUSTER_INSTANCE], "clusterIdentifier");
}

const zones = {
    minimumZones: z.int().min(1).default(2).describe("Zones at least"),
};

export const databaseZones = stackRule({
    name: "database-zones",
    description: "Every database has a server that can take over in another zone",
    severity: "critical",
    references: ["Checkov CKV_AWS_157", "AWS FSBP RDS.5", "AWS FSBP RDS.15", "openclaw promise 6"],
    remediation:
        "Give the cluster an instance with an availabilityZone of its own in each zone; a database that stands alone takes multiAz.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
    types: [...DATABASES, CLUSTER_INSTANCE],
    settings: zones,
    check(stack, report, { minimumZones }) {
        const instances = instancesOf(stack);
        for (const cluster of stack.ofType(CLUSTER)) {
            const found = instances(cluster).map((each) =>
                stack.decide(each, () => each.props.text("availabilityZone") ?? "", undefined),
            );
            // One that is not known yet may be the zone that is looked for.
            if (found.includes(undefined)) continue;
            if (!found.every((zone) => /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/.test(zone ?? ""))) {
                report(cluster, "has an instance whose availabilityZone is no zone: AWS may put all in one");
            }
            const distinct = new Set(found.filter(Boolean)).size;
            if (distinct < minimumZones) {
                report(cluster, `has instances in ${distinct} zones, ${minimumZones} are required`);
            }
        }
        stack.each(stack.ofType(INSTANCE), (database) => {
            if (minimumZones > 1) requireFlag(database.props, "multiAz", true, (message) => report(database, message));
        });
    },
});

export const databaseFailoverOrder = stackRule({
    name: "database-failover-order",
    description: "Every instance of a cluster has its place in a failover, and one beside the writer is first in line",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation:
        "Set promotionTier: 0 or 1 for the instances that take over, which keep the writer's size in serverless too.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
    types: [CLUSTER_INSTANCE],
    check(stack, report) {
        const instances = instancesOf(stack);
        for (const cluster of stack.ofType(CLUSTER)) {
            const group = instances(cluster);
            const tiers = group.map((each) =>
                stack.decide(each, () => each.props.number("promotionTier") ?? null, undefined),
            );
            group.forEach((each, index) => {
                if (tiers[index] === null) report(each, "has no promotionTier, 0 to 15 is required");
            });
            if (tiers.includes(undefined) || tiers.includes(null)) continue;
            const ready = tiers.filter((tier) => Number(tier) <= 1).length;
            const wanted = Math.min(2, group.length);
            if (ready < wanted) {
                report(cluster, `has ${ready} instances with a promotionTier of 0 or 1, ${wanted} are required`);
            }
        }
    },
});

export const databaseZoneList = resourceRule({
    name: "database-zone-list",
    description: "No cluster lists its storage's zones: AWS adds the third, and the next plan replaces the database",
    severity: "critical",
    references: ["openclaw promise 4"],
    remediation:
        "Leave availabilityZones out of the cluster. Its storage is in three zones always; instances and the subnet group say where it runs.",
    url: "https://www.pulumi.com/registry/packages/aws/api-docs/rds/cluster/",
    types: [CLUSTER],
    check({ props }, report) {
        const listed = props.texts("availabilityZones");
        if (listed.length > 0 && listed.length < 3) {
            report(`has availabilityZones ${listed.join(", ")}: all three or none are required`);
        }
    },
});

export const databaseSubnetZones = stackRule({
    name: "database-subnet-zones",
    description: "The subnets of every database and of every proxy are in several zones",
    severity: "high",
    references: ["openclaw promise 6"],
    remediation: "Name a subnet of each zone.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    types: [SUBNET_GROUP, PROXY],
    settings: zones,
    check(stack, report, { minimumZones }) {
        const check = (resource: Resource, property: string) => {
            const named = resource.props.list(property).length;
            const inZones = referred(stack, resource, property, [SUBNET]).map((subnet) =>
                stack.decide(
                    subnet,
                    () => subnet.props.text("availabilityZone") ?? subnet.props.text("availabilityZoneId"),
                    `unknown zone of ${subnet.name}`,
                ),
            );
            // Subnets that are not made here are counted by their ids alone.
            const found = inZones.length > 0 ? Math.min(named, new Set(inZones).size) : named;
            if (found < minimumZones) report(resource, `is in ${found} zones, ${minimumZones} are required`);
        };
        stack.each(stack.ofType(SUBNET_GROUP), (group) => check(group, "subnetIds"));
        stack.each(stack.ofType(PROXY), (proxy) => check(proxy, "vpcSubnetIds"));
    },
});

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const WEEK = 7 * 24 * 60;
const MAINTENANCE = /^([a-z]{3}):(\d\d):(\d\d)-([a-z]{3}):(\d\d):(\d\d)$/i;

/** Minutes of the week, as `[from, to)`; undefined where the text is no window. */
function minutesOf(text: string): readonly [number, number] | undefined {
    const [, fromDay = "", fromHour, fromMinute, toDay = "", toHour, toMinute] = MAINTENANCE.exec(text) ?? [];
    const [start, end] = [DAYS.indexOf(fromDay.toLowerCase()), DAYS.indexOf(toDay.toLowerCase())];
    if (start < 0 || end < 0) return undefined;
    const from = start * 24 * 60 + Number(fromHour) * 60 + Number(fromMinute);
    const to = end * 24 * 60 + Number(toHour) * 60 + Number(toMinute);
    return [from, to > from ? to : to + WEEK];
}

function overlap([from, to]: readonly [number, number], [start, end]: readonly [number, number]): boolean {
    return [-WEEK, 0, WEEK].some((shift) => from < end + shift && start + shift < to);
}

export const databaseMaintenanceApart = stackRule({
    name: "database-maintenance-apart",
    description:
        "Every database's maintenance is at a set time, and no two instances of a cluster are serviced at once",
    severity: "high",
    references: ["openclaw promise 6"],
    remediation:
        "Set preferredMaintenanceWindow, as sun:08:00-sun:08:30, an hour after the other for each instance of a cluster.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_UpgradeDBInstance.Maintenance.html",
    types: [...DATABASES, ...SERVERS],
    check(stack, report) {
        const windowOf = (resource: Resource) =>
            stack.decide(
                resource,
                () => {
                    const text = resource.props.text("preferredMaintenanceWindow");
                    const found = text === undefined ? undefined : minutesOf(text);
                    if (text === undefined) report(resource, "has no preferredMaintenanceWindow");
                    else if (!found) report(resource, `has preferredMaintenanceWindow ${text}, which is no window`);
                    return found;
                },
                undefined,
            );
        stack.ofType(...DATABASES).forEach(windowOf);
        const instances = instancesOf(stack);
        for (const cluster of stack.ofType(CLUSTER)) {
            const windows = instances(cluster)
                .map((instance) => ({ instance, window: windowOf(instance) }))
                .flatMap((each) => (each.window ? [{ ...each, window: each.window }] : []));
            windows.forEach((one, index) => {
                const other = windows.slice(0, index).find((each) => overlap(each.window, one.window));
                if (other) report(one.instance, `is serviced at the same time as ${other.instance.name}`);
            });
        }
    },
});

export const databaseBackupWindow = resourceRule({
    name: "database-backup-window",
    description: "Every database's daily snapshot is at a set time",
    severity: "low",
    references: ["openclaw promise 4"],
    remediation:
        "Set preferredBackupWindow (backupWindow of a database that stands alone), as 07:00-07:30 in UTC, at a quiet hour.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html",
    types: DATABASES,
    check: ({ type, props }, report) =>
        requireForm(
            props,
            type === CLUSTER ? "preferredBackupWindow" : "backupWindow",
            /^\d\d:\d\d-\d\d:\d\d$/,
            "a window as 07:00-07:30",
            report,
        ),
});

export const databaseAvailabilityRules = [
    databaseZones,
    databaseFailoverOrder,
    databaseZoneList,
    databaseSubnetZones,
    databaseMaintenanceApart,
    databaseBackupWindow,
];
