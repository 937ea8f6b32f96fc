import { isDeepStrictEqual } from "node:util";
import {
    type sendUnaryData,
    Server,
    ServerCredentials,
    type ServerUnaryCall,
    type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Properties } from "../../plan/offline-engine";
import { synthesize } from "../../plan/synthetic-outputs";

/*
 * A provider that keeps resources in Pulumi's state alone, behind the same gRPC interface as the providers of AWS and
 * Kubernetes. In a preview it says what they say: what is asked for is known, what only the cloud can tell is not. Started by the
 * drills, which tell Pulumi's engine where it listens.
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

const MOST_BYTES = 400 * 1024 * 1024;
const account = process.env["DRILL_ACCOUNT"] ?? "";
const region = process.env["DRILL_REGION"] ?? "";

/** What is not here, the engine is told not to be implemented, and goes on without. */
const handlers: UntypedServiceImplementation = {
    configure: answer(() => {
        const response = new messages.ConfigureResponse();
        response.setAcceptsecrets(true);
        response.setAcceptresources(true);
        response.setSupportspreview(true);
        return response;
    }),
    check: answer((request: messages.CheckRequest) => {
        const response = new messages.CheckResponse();
        response.setInputs(request.getNews());
        return response;
    }),
    diff: answer((request: messages.DiffRequest) => {
        const before = read(read(request.getOlds())["__inputs"]);
        const after = read(request.getNews());
        const changed = Object.keys({ ...before, ...after }).filter(
            (key) => !isDeepStrictEqual(before[key], after[key]),
        );
        const [type] = typeAndName(request.getUrn());
        const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
        const response = new messages.DiffResponse();
        response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
        response.setReplacesList(changed.filter((key) => REPLACING[type]?.includes(key)));
        return response;
    }),
    create: answer((request: messages.CreateRequest) => {
        const [type, name] = typeAndName(request.getUrn());
        const inputs = read(request.getProperties());
        const { id, outputs } = synthesize(type, name, inputs, { account, region });
        const response = new messages.CreateResponse();
        if (!request.getPreview()) {
            response.setId(id || name);
            response.setProperties(write({ ...inputs, ...outputs, __inputs: inputs }));
        } else {
            const computed = Object.keys(outputs).map((key) => [key, unknownValue]);
            response.setProperties(write({ ...Object.fromEntries(computed), ...inputs }));
        }
        return response;
    }),
    update: answer((request: messages.UpdateRequest) => {
        const inputs = read(request.getNews());
        const response = new messages.UpdateResponse();
        response.setProperties(write({ ...read(request.getOlds()), ...inputs, __inputs: inputs }));
        return response;
    }),
    delete: answer(() => new Empty()),
    read: answer((request: messages.ReadRequest) => {
        const response = new messages.ReadResponse();
        response.setId(request.getId());
        response.setProperties(request.getProperties());
        return response;
    }),
    invoke: answer((request: messages.InvokeRequest): messages.InvokeResponse => {
        throw new Error(`the program asked for ${request.getTok()}: a plan must need no lookup`);
    }),
    getPluginInfo: answer(() => new PluginInfo().setVersion("0.0.1")),
    attach: answer(() => new Empty()),
    cancel: answer(() => new Empty()),
};

/** What a handler returns is the answer; what it throws, the error. */
function answer<Request, Response>(handle: (request: Request) => Response) {
    return (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>): void => {
        try {
            reply(null, handle(call.request));
        } catch (error) {
            reply(error instanceof Error ? error : new Error(String(error)));
        }
    };
}

function typeAndName(urn: string): [string, string] {
    const [, , types = "", name = ""] = urn.split("::");
    return [types.split("$").at(-1) ?? "", name];
}

function read(value: unknown): Properties {
    if (value instanceof Struct) return value.toJavaScript() as Properties;
    return typeof value === "object" && value !== null ? (value as Properties) : {};
}

function write(properties: Properties): Struct {
    return Struct.fromJavaScript(properties as Record<string, never>);
}

const server = new Server({ "grpc.max_receive_message_length": MOST_BYTES });
server.addService(ResourceProviderService, handlers);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
});
