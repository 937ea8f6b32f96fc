import * as provider from "@pulumi/pulumi/provider";
import { isDeepStrictEqual } from "node:util";
import { synthesize } from "../../plan/synthetic-outputs";
import type { Properties } from "../../plan/offline-engine";

/*
 * A provider that keeps resources in Pulumi's state alone, behind the same gRPC interface as the providers of AWS and
 * Kubernetes. Started by the drill, which tells Pulumi's engine where it listens.
 */

/** Inputs whose change AWS answers with a new resource: those that the platform must never touch by accident. */
const REPLACING: Readonly<Record<string, readonly string[]>> = {
    "aws:ec2/vpc:Vpc": ["cidrBlock"],
    "aws:ec2/subnet:Subnet": ["cidrBlock", "availabilityZone", "vpcId"],
    "aws:eks/cluster:Cluster": ["name", "encryptionConfig"],
    "aws:eks/nodeGroup:NodeGroup": ["subnetIds", "instanceTypes", "nodeGroupName", "amiType"],
    "aws:kms/alias:Alias": ["name"],
    "aws:msk/cluster:Cluster": ["clusterName", "brokerNodeGroupInfo"],
    "aws:msk/topic:Topic": ["name", "replicationFactor"],
    "aws:rds/cluster:Cluster": ["clusterIdentifier", "kmsKeyId", "dbSubnetGroupName", "availabilityZones"],
    "aws:rds/clusterInstance:ClusterInstance": ["identifier", "availabilityZone"],
    "aws:rds/proxy:Proxy": ["name", "vpcSubnetIds"],
    "aws:s3/bucket:Bucket": ["bucket", "objectLockEnabled"],
};

const account = process.env["DRILL_ACCOUNT"] ?? "";
const region = process.env["DRILL_REGION"] ?? "";

function typeAndName(urn: string): [string, string] {
    const [, , types = "", name = ""] = urn.split("::");
    return [types.split("$").at(-1) ?? "", name];
}

const inMemory: provider.Provider = {
    version: "0.0.1",
    check: async (_urn: string, _olds: unknown, news: Properties) => ({ inputs: news }),
    diff: async (_id: string, urn: string, olds: Properties, news: Properties) => {
        const changed = Object.keys({ ...(olds["__inputs"] as Properties), ...news }).filter(
            (key) => !isDeepStrictEqual((olds["__inputs"] as Properties)[key], news[key]),
        );
        const [type] = typeAndName(urn);
        return { changes: changed.length > 0, replaces: changed.filter((key) => REPLACING[type]?.includes(key)) };
    },
    create: async (urn: string, inputs: Properties) => {
        const [type, name] = typeAndName(urn);
        const { id, outputs } = synthesize(type, name, inputs, { account, region });
        return { id: id || name, outs: { ...inputs, ...outputs, __inputs: inputs } };
    },
    update: async (_id: string, _urn: string, olds: Properties, news: Properties) => ({
        outs: { ...olds, ...news, __inputs: news },
    }),
    delete: async () => undefined,
    read: async (id: string, _urn: string, props: Properties) => ({ id, props }),
    invoke: async (token: string) => {
        throw new Error(`the program asked for ${token}: a plan must need no lookup`);
    },
};

void provider.main(inMemory, process.argv.slice(2));
