/**
 * How AWS's pricing API is asked for each entry of a price table. Service codes, attributes and usage types are those of AWS's public
 * price lists as far as they could be looked up; none of them was tried against AWS (see npm run prices -- --help).
 */

export interface Query {
    /** AWS's service code, e.g. AmazonEC2. */
    readonly service: string;
    /** Attributes that AWS compares itself, apart from the region. */
    readonly filters: Readonly<Record<string, string>>;
    /** What the product's usage type ends with; before it stands the region, abbreviated, or nothing. */
    readonly usage: string;
    /** How many of AWS's units are one unit of the table. Default: 1. */
    readonly factor?: number;
    /** Whose price: of the region itself (the default), of the second region, or from the one to the other. */
    readonly where?: "region" | "second-region" | "between";
}

const EC2 = "AmazonEC2";
const VPC = "AmazonVPC";
const MSK = "AmazonMSK";
const RDS = "AmazonRDS";
const S3 = "AmazonS3";
const CLOUDWATCH = "AmazonCloudWatch";
const BACKUP = "AWSBackup";

const FIXED: Readonly<Record<string, Query>> = {
    "eks.cluster": { service: "AmazonEKS", filters: {}, usage: "AmazonEKS-Hours:perCluster" },
    "msk.storage": { service: MSK, filters: {}, usage: "Kafka.Storage.GP2" },
    "msk.private-connectivity": { service: MSK, filters: {}, usage: "Kafka.PrivateConnectivity-Hours" },
    "msk.private-connectivity-data": { service: MSK, filters: {}, usage: "Kafka.PrivateConnectivity-Bytes" },
    "aurora.acu": { service: RDS, filters: aurora(), usage: "Aurora:ServerlessV2Usage" },
    "aurora.storage": { service: RDS, filters: {}, usage: "Aurora:StorageUsage" },
    "aurora.io": { service: RDS, filters: {}, usage: "Aurora:StorageIOUsage", factor: 1e6 },
    "aurora.insights-advanced": { service: CLOUDWATCH, filters: {}, usage: "DatabaseInsights:vCPU-Hours" },
    "aurora.insights-advanced-acu": { service: CLOUDWATCH, filters: {}, usage: "DatabaseInsights:ACU-Hours" },
    "rds-proxy.vcpu": { service: RDS, filters: {}, usage: "RDS:ProxyUsage" },
    "rds-proxy.acu": { service: RDS, filters: {}, usage: "Aurora:ServerlessV2ProxyUsage" },
    "backup.snapshot": { service: BACKUP, filters: {}, usage: "WarmStorage-ByteHrs-Aurora" },
    "backup.copy": { service: BACKUP, filters: {}, usage: "WarmStorage-ByteHrs-Aurora", where: "second-region" },
    "transfer.between-regions": {
        service: "AWSDataTransfer",
        filters: { transferType: "InterRegion Outbound" },
        usage: "AWS-Out-Bytes",
        where: "between",
    },
    "transfer.between-zones": {
        service: "AWSDataTransfer",
        filters: { transferType: "IntraRegion" },
        usage: "DataTransfer-Regional-Bytes",
    },
    "nat.gateway": { service: EC2, filters: { productFamily: "NAT Gateway" }, usage: "NatGateway-Hours" },
    "nat.data": { service: EC2, filters: { productFamily: "NAT Gateway" }, usage: "NatGateway-Bytes" },
    "endpoint.interface": { service: VPC, filters: { productFamily: "VpcEndpoint" }, usage: "VpcEndpoint-Hours" },
    "endpoint.data": { service: VPC, filters: { productFamily: "VpcEndpoint" }, usage: "VpcEndpoint-Bytes" },
    "address.public": { service: VPC, filters: {}, usage: "PublicIPv4:InUseAddress" },
    "ebs.gp3": { service: EC2, filters: { volumeApiName: "gp3" }, usage: "EBS:VolumeUsage.gp3" },
    "s3.standard": { service: S3, filters: { volumeType: "Standard" }, usage: "TimedStorage-ByteHrs" },
    "s3.write": { service: S3, filters: { group: "S3-API-Tier1" }, usage: "Requests-Tier1", factor: 1000 },
    "s3.read": { service: S3, filters: { group: "S3-API-Tier2" }, usage: "Requests-Tier2", factor: 1000 },
    "logs.ingested": { service: CLOUDWATCH, filters: {}, usage: "DataProcessing-Bytes" },
    "logs.stored": { service: CLOUDWATCH, filters: {}, usage: "TimedStorage-ByteHrs" },
    "cloudwatch.metric": { service: CLOUDWATCH, filters: {}, usage: "CW:MetricMonitorUsage" },
    "cloudwatch.alarm": { service: CLOUDWATCH, filters: {}, usage: "CW:AlarmMonitorUsage" },
    "cloudwatch.composite-alarm": { service: CLOUDWATCH, filters: {}, usage: "CW:CompositeAlarmMonitorUsage" },
    "cloudwatch.dashboard": { service: CLOUDWATCH, filters: {}, usage: "DashboardsUsageHour" },
    "cloudwatch.observation": { service: CLOUDWATCH, filters: {}, usage: "CW:ObservationUsage", factor: 1e6 },
    "kms.key": { service: "awskms", filters: {}, usage: "KMS-Keys" },
    "secrets.secret": { service: "AWSSecretsManager", filters: {}, usage: "AWSSecretsManager-Secrets" },
    "firehose.msk": { service: "AmazonKinesisFirehose", filters: {}, usage: "MSK-BilledBytes" },
};

/** The query of an entry; undefined where nobody has written one. */
export function queryOf(key: string): Query | undefined {
    const [kind = "", ...rest] = key.split(".");
    const type = rest.join(".");
    if (kind === "ec2") return ec2(type);
    if (kind === "msk" && /^m\w+\.\w+$/.test(type)) return { service: MSK, filters: {}, usage: `Kafka.${type}` };
    if (kind === "aurora" && /^r\d\w*\.\w+$/.test(type)) return instance(type);
    return FIXED[key];
}

function ec2(type: string): Query {
    return {
        service: EC2,
        filters: {
            instanceType: type,
            operatingSystem: "Linux",
            tenancy: "Shared",
            preInstalledSw: "NA",
            capacitystatus: "Used",
        },
        usage: `BoxUsage:${type}`,
    };
}

/** RDS writes xl in usage types; the class at I/O-Optimized has another usage type. */
function instance(type: string): Query {
    return {
        service: RDS,
        filters: { ...aurora(), instanceType: `db.${type}` },
        usage: `InstanceUsage:db.${type.replace(/xlarge$/, "xl")}`,
    };
}

function aurora(): Record<string, string> {
    return { databaseEngine: "Aurora PostgreSQL" };
}
