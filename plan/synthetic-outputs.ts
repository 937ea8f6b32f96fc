import { createHash } from "node:crypto";
import type { Properties } from "./offline-engine";

/** Where the plan pretends to deploy: gives ids and ARNs their real shape. */
export interface Account {
    readonly account: string;
    readonly region: string;
}

interface Synthesis {
    readonly type: string;
    readonly name: string;
    readonly inputs: Properties;
    readonly account: string;
    readonly region: string;
    /** Stable hexadecimal digits for this resource. */
    hex(length: number): string;
    /** The physical name: as given, or logical name and a suffix as Pulumi makes it. */
    physicalName: string;
    arn(service: string, resource: string, region?: string, account?: string): string;
}

type Outputs = { id?: string } & Properties;

/** Outputs that other resources read, by type; everything else gets a generic id and ARN. */
const byType: Record<string, (s: Synthesis) => Outputs> = {
    "aws:kms/key:Key": (s) => {
        const keyId = `${s.hex(8)}-${s.hex(4)}-${s.hex(4)}-${s.hex(4)}-${s.hex(12)}`;
        return { id: keyId, keyId, arn: s.arn("kms", `key/${keyId}`) };
    },
    "aws:iam/role:Role": (s) => ({
        id: s.physicalName,
        name: s.physicalName,
        uniqueId: `AROA${s.hex(16).toUpperCase()}`,
        arn: s.arn("iam", `role/${s.physicalName}`, "", s.account),
    }),
    "aws:iam/policy:Policy": (s) => {
        const arn = s.arn("iam", `policy/${s.physicalName}`, "", s.account);
        return { id: arn, name: s.physicalName, arn };
    },
    "aws:iam/instanceProfile:InstanceProfile": (s) => ({
        id: s.physicalName,
        name: s.physicalName,
        arn: s.arn("iam", `instance-profile/${s.physicalName}`, "", s.account),
    }),
    "aws:ec2/vpc:Vpc": (s) => ({
        id: `vpc-${s.hex(17)}`,
        arn: s.arn("ec2", `vpc/vpc-${s.hex(17)}`),
        defaultSecurityGroupId: `sg-${s.hex(17)}`,
        defaultNetworkAclId: `acl-${s.hex(17)}`,
        mainRouteTableId: `rtb-${s.hex(17)}`,
    }),
    "aws:ec2/subnet:Subnet": ec2("subnet", "subnet"),
    "aws:ec2/securityGroup:SecurityGroup": ec2("sg", "security-group"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ec2("sg", "security-group"),
    "aws:ec2/internetGateway:InternetGateway": ec2("igw", "internet-gateway"),
    "aws:ec2/natGateway:NatGateway": ec2("nat", "natgateway"),
    "aws:ec2/routeTable:RouteTable": ec2("rtb", "route-table"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (s) => {
        const service = String(s.inputs["serviceName"]).split(".").slice(3).join(".");
        return {
            ...ec2("vpce", "vpc-endpoint")(s),
            prefixListId: `pl-${s.hex(8)}`,
            dnsEntries: [
                {
                    dnsName: `*.vpce-${s.hex(17)}-${s.hex(8)}.${service}.${s.region}.vpce.amazonaws.com`,
                    hostedZoneId: `Z${s.hex(13).toUpperCase()}`,
                },
            ],
        };
    },
    "aws:ec2/flowLog:FlowLog": ec2("fl", "vpc-flow-log"),
    "aws:ec2/eip:Eip": (s) => ({
        id: `eipalloc-${s.hex(17)}`,
        allocationId: `eipalloc-${s.hex(17)}`,
        publicIp: `203.0.113.${(parseInt(s.hex(2), 16) % 254) + 1}`,
    }),
    "aws:ec2/launchTemplate:LaunchTemplate": (s) => ({
        ...ec2("lt", "launch-template")(s),
        name: s.physicalName,
        latestVersion: 1,
        defaultVersion: 1,
    }),
    "aws:eks/cluster:Cluster": (s) => ({
        id: s.physicalName,
        name: s.physicalName,
        arn: s.arn("eks", `cluster/${s.physicalName}`),
        endpoint: `https://${s.hex(32).toUpperCase()}.gr7.${s.region}.eks.amazonaws.com`,
        certificateAuthority: { data: Buffer.from(`certificate of ${s.physicalName}`).toString("base64") },
        platformVersion: "eks.1",
        vpcConfig: { ...(s.inputs["vpcConfig"] as Properties), clusterSecurityGroupId: `sg-${s.hex(17)}` },
    }),
    "aws:eks/nodeGroup:NodeGroup": (s) => {
        const cluster = String(s.inputs["clusterName"]);
        const nodeGroupName = String(s.inputs["nodeGroupName"] ?? s.physicalName);
        return {
            id: `${cluster}:${nodeGroupName}`,
            nodeGroupName,
            arn: s.arn("eks", `nodegroup/${cluster}/${nodeGroupName}/${s.hex(8)}`),
            resources: [{ autoscalingGroups: [{ name: `eks-${nodeGroupName}-${s.hex(8)}` }] }],
        };
    },
    "aws:msk/cluster:Cluster": (s) => {
        const uuid = `${s.hex(8)}-${s.hex(4)}-${s.hex(4)}-${s.hex(4)}-${s.hex(12)}-2`;
        const clusterName = String(s.inputs["clusterName"] ?? s.physicalName);
        const arn = s.arn("kafka", `cluster/${clusterName}/${uuid}`);
        const brokers = Math.min(Number(s.inputs["numberOfBrokerNodes"]), 3);
        const bootstrap = Array.from(
            { length: brokers },
            (_, index) =>
                `b-${index + 1}.${clusterName.replace(/-/g, "")}.${s.hex(6)}.c2.kafka.${s.region}.amazonaws.com`,
        );
        return {
            id: arn,
            arn,
            clusterName,
            clusterUuid: uuid,
            currentVersion: "K3AEGXETSR30VB",
            bootstrapBrokersSaslIam: bootstrap.map((host) => `${host}:9098`).join(","),
        };
    },
    "aws:msk/configuration:Configuration": (s) => {
        const arn = s.arn("kafka", `configuration/${s.physicalName}/${s.hex(8)}-${s.hex(4)}-2`);
        return { id: arn, arn, name: s.physicalName, latestRevision: 1 };
    },
    "aws:msk/topic:Topic": (s) => {
        const cluster = String(s.inputs["clusterArn"]);
        const topicName = String(s.inputs["name"] ?? s.physicalName);
        return { id: `${cluster},${topicName}`, arn: `${cluster.replace(":cluster/", ":topic/")}/${topicName}` };
    },
    "aws:rds/cluster:Cluster": (s) => {
        const clusterIdentifier = String(s.inputs["clusterIdentifier"] ?? s.physicalName);
        const host = `${s.hex(12)}.${s.region}.rds.amazonaws.com`;
        return {
            id: clusterIdentifier,
            clusterIdentifier,
            clusterResourceId: `cluster-${s.hex(26).toUpperCase()}`,
            arn: s.arn("rds", `cluster:${clusterIdentifier}`),
            endpoint: `${clusterIdentifier}.cluster-${host}`,
            readerEndpoint: `${clusterIdentifier}.cluster-ro-${host}`,
            port: 5432,
            masterUserSecrets: [
                {
                    secretArn: s.arn("secretsmanager", `secret:rds!cluster-${s.hex(8)}`),
                    secretStatus: "active",
                    kmsKeyId: String(s.inputs["masterUserSecretKmsKeyId"] ?? ""),
                },
            ],
        };
    },
    "aws:rds/clusterInstance:ClusterInstance": (s) => {
        const identifier = String(s.inputs["identifier"] ?? s.physicalName);
        return {
            id: identifier,
            identifier,
            arn: s.arn("rds", `db:${identifier}`),
            endpoint: `${identifier}.${s.region}.rds.amazonaws.com`,
        };
    },
    "aws:rds/proxy:Proxy": (s) => {
        const name = String(s.inputs["name"] ?? s.physicalName);
        return {
            id: name,
            name,
            arn: s.arn("rds", `db-proxy:prx-${s.hex(17)}`),
            endpoint: `${name}.proxy-${s.hex(12)}.${s.region}.rds.amazonaws.com`,
        };
    },
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": (s) => ({
        id: String(s.inputs["dbProxyName"]),
        name: "default",
        arn: s.arn("rds", `target-group:prx-tg-${s.hex(17)}`),
    }),
    "aws:rds/subnetGroup:SubnetGroup": (s) => ({
        id: s.physicalName,
        name: s.physicalName,
        arn: s.arn("rds", `subgrp:${s.physicalName}`),
    }),
    "aws:s3/bucket:Bucket": (s) => {
        const bucket = String(s.inputs["bucket"] ?? s.physicalName);
        return {
            id: bucket,
            bucket,
            arn: `arn:aws:s3:::${bucket}`,
            bucketDomainName: `${bucket}.s3.amazonaws.com`,
            bucketRegionalDomainName: `${bucket}.s3.${s.region}.amazonaws.com`,
        };
    },
    "aws:sqs/queue:Queue": (s) => {
        const url = `https://sqs.${s.region}.amazonaws.com/${s.account}/${s.physicalName}`;
        return { id: url, url, name: s.physicalName, arn: s.arn("sqs", s.physicalName) };
    },
    "aws:sns/topic:Topic": (s) => {
        const arn = s.arn("sns", s.physicalName);
        return { id: arn, arn, name: s.physicalName };
    },
    "aws:sns/topicPolicy:TopicPolicy": (s) => ({ id: String(s.inputs["arn"]), arn: String(s.inputs["arn"]) }),
    "aws:cloudwatch/logGroup:LogGroup": (s) => ({
        id: s.physicalName,
        name: s.physicalName,
        arn: s.arn("logs", `log-group:${s.physicalName}`),
    }),
    "aws:cloudwatch/logStream:LogStream": (s) => ({
        id: s.physicalName,
        name: s.physicalName,
        arn: s.arn("logs", `log-group:${String(s.inputs["logGroupName"])}:log-stream:${s.physicalName}`),
    }),
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": alarm,
    "aws:cloudwatch/dashboard:Dashboard": (s) => {
        const dashboardName = String(s.inputs["dashboardName"] ?? s.physicalName);
        return {
            id: dashboardName,
            dashboardName,
            dashboardArn: s.arn("cloudwatch", `dashboard/${dashboardName}`, ""),
        };
    },
    "aws:cloudwatch/eventRule:EventRule": (s) => ({
        id: s.physicalName,
        name: s.physicalName,
        arn: s.arn("events", `rule/${s.physicalName}`),
    }),
    "aws:backup/vault:Vault": (s) => ({
        id: s.physicalName,
        name: s.physicalName,
        arn: s.arn("backup", `backup-vault:${s.physicalName}`),
    }),
    "aws:backup/plan:Plan": (s) => ({
        id: s.hex(32),
        arn: s.arn("backup", `backup-plan:${s.hex(32)}`),
        version: s.hex(16),
    }),
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": (s) => ({
        id: String(s.inputs["name"] ?? s.physicalName),
        arn: s.arn("backup", `restore-testing-plan:${String(s.inputs["name"] ?? s.physicalName)}`),
    }),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (s) => {
        const arn = s.arn("firehose", `deliverystream/${s.physicalName}`);
        return { id: arn, arn, name: s.physicalName };
    },
};

function ec2(prefix: string, kind: string): (s: Synthesis) => Outputs {
    return (s) => ({ id: `${prefix}-${s.hex(17)}`, arn: s.arn("ec2", `${kind}/${prefix}-${s.hex(17)}`) });
}

function alarm(s: Synthesis): Outputs {
    const name = String(s.inputs["name"] ?? s.inputs["alarmName"] ?? s.physicalName);
    return { id: name, arn: s.arn("cloudwatch", `alarm:${name}`) };
}

/** Outputs with the shape that AWS gives, the same at every run: derived from type and name alone. */
export function synthesize(
    type: string,
    name: string,
    inputs: Properties,
    where: Account,
): { id: string; outputs: Properties } {
    const digest = createHash("sha256").update(`${type}|${name}`).digest("hex");
    const physicalName = String(inputs["name"] ?? inputs["bucket"] ?? `${name}-${digest.slice(0, 7)}`);
    const synthesis: Synthesis = {
        type,
        name,
        inputs,
        ...where,
        hex: (length) => digest.slice(0, length),
        physicalName,
        arn: (service, resource, region = String(inputs["region"] ?? where.region), account = where.account) =>
            `arn:aws:${service}:${region}:${account}:${resource}`,
    };
    const make = byType[type];
    if (make) {
        const outputs = make(synthesis);
        return { id: outputs.id ?? physicalName, outputs };
    }
    const service = type.split(/[:/]/)[1] ?? "aws";
    return type.startsWith("aws:")
        ? { id: physicalName, outputs: { arn: synthesis.arn(service, physicalName), name: physicalName } }
        : { id: `${physicalName}`, outputs: {} };
}
