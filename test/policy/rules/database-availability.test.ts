import {
    databaseBackupWindow,
    databaseFailoverOrder,
    databaseMaintenanceApart,
    databaseSubnetZones,
    databaseZoneList,
    databaseZones,
} from "../../../policy/rules/database-availability";
import { all, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

describe("policy: availability of databases", () => {
    prove(databaseZones, {
        breaks: [
            set("database-instance-b-1", "availabilityZone", "us-east-1a"),
            set("database-instance-b-1", "availabilityZone", "elsewhere"),
            unset("database-instance-b-1", "clusterIdentifier"),
        ],
        missing: unset("database-instance-b-1", "availabilityZone"),
        unknown: unknown("database-instance-b-1", "availabilityZone"),
    });

    prove(databaseFailoverOrder, {
        breaks: [set("database-instance-b-1", "promotionTier", 15)],
        missing: unset("database-instance-b-1", "promotionTier"),
        unknown: unknown("database-instance-b-1", "promotionTier"),
    });

    prove(databaseZoneList, {
        breaks: [set("database-cluster", "availabilityZones", ["us-east-1a", "us-east-1b"])],
        missing: { passes: (resources) => [...resources], because: "a list of zones must not be there" },
        unknown: unknown("database-cluster", "availabilityZones"),
    });

    prove(databaseSubnetZones, {
        breaks: [unset("database-subnets", "subnetIds.0"), set("database-proxy-pool", "vpcSubnetIds", ["subnet-1"])],
        missing: unset("database-subnets", "subnetIds"),
        unknown: unknown("database-subnets", "subnetIds"),
    });

    prove(databaseMaintenanceApart, {
        breaks: [
            set("database-instance-b-1", "preferredMaintenanceWindow", "sun:09:15-sun:09:45"),
            all(
                set("database-instance-a-1", "preferredMaintenanceWindow", "sat:23:30-sun:01:00"),
                set("database-instance-b-1", "preferredMaintenanceWindow", "sun:00:30-sun:02:00"),
            ),
            set("database-cluster", "preferredMaintenanceWindow", "at night"),
        ],
        missing: unset("database-cluster", "preferredMaintenanceWindow"),
        unknown: unknown("database-instance-a-1", "preferredMaintenanceWindow"),
    });

    prove(databaseBackupWindow, {
        breaks: [set("database-cluster", "preferredBackupWindow", "at night")],
        missing: unset("database-cluster", "preferredBackupWindow"),
        unknown: unknown("database-cluster", "preferredBackupWindow"),
    });
});
