import * as resproto from "@pulumi/pulumi/proto/resource_pb";
import { MockMonitor, setMocks } from "@pulumi/pulumi/runtime/mocks";
import * as rpc from "@pulumi/pulumi/runtime/rpc";
import * as settings from "@pulumi/pulumi/runtime/settings";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type Account, synthesize } from "./synthetic-outputs";

/** A plain value as Pulumi sends it to the engine. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = Record<string, Value>;

/** One resource as the program asked for it: what Pulumi's engine would receive. */
export interface PlannedResource {
    readonly urn: string;
    /** Type token, e.g. `aws:kms/key:Key` or `openclaw:foundation:Network`. */
    readonly type: string;
    readonly name: string;
    /** URN of the parent; absent for the stack's own children. */
    readonly parent?: string;
    /** False for components. */
    readonly custom: boolean;
    readonly inputs: Properties;
    readonly outputs: Properties;
    /** Paths of the inputs that are secret, e.g. `password`. Their values are kept in the graph: print with care. */
    readonly secrets: readonly string[];
    readonly dependencies: readonly string[];
    readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
    readonly provider?: string;
    readonly protect: boolean;
    readonly retainOnDelete: boolean;
    readonly ignoreChanges: readonly string[];
    readonly aliases: readonly string[];
}

/** A call to a provider function: a plan that needs one would need credentials. */
export interface Lookup {
    readonly token: string;
    readonly inputs: Properties;
}

type Reply = (error: unknown, response: unknown) => void;

/**
 * Takes the engine's place in process: records each resource the program registers and answers with outputs of the
 * right shape. It stands on Pulumi's own mock monitor, but keeps what that one drops: parents, dependencies and options.
 */
export class OfflineEngine extends MockMonitor {
    readonly planned: PlannedResource[] = [];
    readonly lookups: Lookup[] = [];
    private readonly urns = new Set<string>();

    constructor(
        private readonly account: Account,
        private readonly project: string,
        private readonly stack: string,
    ) {
        super({
            call: () => ({}),
            newResource: ({ name }) => ({ id: name, state: {} }),
        });
    }

    /** Puts this engine behind the Pulumi SDK of the process. */
    async attach(): Promise<void> {
        await setMocks(this.mocks, this.project, this.stack, false);
        settings.setMockOptions(this, this.project, this.stack, false);
    }

    override async registerResource(request: resproto.RegisterResourceRequest, reply: Reply): Promise<void> {
        try {
            const secrets: string[] = [];
            const inputs = plain(request.getObject()?.toJavaScript() ?? {}, "", secrets) as Properties;
            const type = request.getType();
            const name = request.getName();
            const parent = request.getParent();
            const urn = this.urnOf(parent, type, name);
            if (this.urns.has(urn)) {
                throw new Error(`Duplicate resource URN '${urn}': two resources have the same type, name and parent`);
            }
            this.urns.add(urn);
            const custom = request.getCustom();
            const { id, outputs } = custom ? synthesize(type, name, inputs, this.account) : { id: "", outputs: {} };
            const propertyDependencies: Record<string, string[]> = {};
            request
                .getPropertydependenciesMap()
                .forEach((dependencies: resproto.RegisterResourceRequest.PropertyDependencies, key: string) => {
                    if (dependencies.getUrnsList().length > 0) propertyDependencies[key] = dependencies.getUrnsList();
                });
            this.planned.push({
                urn,
                type,
                name,
                parent: parent || undefined,
                custom,
                inputs,
                outputs: { ...inputs, ...outputs, ...(custom ? { id } : {}) },
                secrets,
                dependencies: request.getDependenciesList(),
                propertyDependencies,
                provider: request.getProvider() || undefined,
                protect: request.getProtect() ?? false,
                retainOnDelete: request.getRetainondelete() ?? false,
                ignoreChanges: request.getIgnorechangesList(),
                aliases: request.getAliasesList().map((alias) => alias.getSpec()?.getName() || alias.getUrn()),
            });
            const response = new resproto.RegisterResourceResponse();
            response.setUrn(urn);
            response.setId(id);
            response.setObject(Struct.fromJavaScript({ ...inputs, ...outputs }));
            reply(null, response);
        } catch (error) {
            reply(error, undefined);
        }
    }

    override async readResource(request: resproto.ReadResourceRequest, reply: Reply): Promise<void> {
        this.lookups.push({ token: request.getType(), inputs: { id: request.getId() } });
        await super.readResource(request, reply);
    }

    override async invoke(request: resproto.ResourceInvokeRequest, reply: Reply): Promise<void> {
        this.lookups.push({
            token: request.getTok(),
            inputs: plain(request.getArgs()?.toJavaScript() ?? {}, "", []) as Properties,
        });
        await super.invoke(request, reply);
    }

    override registerResourceOutputs(_request: unknown, reply: Reply): void {
        reply(null, {});
    }

    private urnOf(parent: string, type: string, name: string): string {
        const parentTypes = parent ? `${parent.split("::")[2]}$` : "";
        const qualified = parentTypes.startsWith("pulumi:pulumi:Stack$") ? type : `${parentTypes}${type}`;
        return `urn:pulumi:${this.stack}::${this.project}::${qualified}::${name}`;
    }
}

/** Unwraps Pulumi's wire form of secrets, resource references and assets into plain values; notes where secrets were. */
function plain(value: unknown, path: string, secrets: string[]): Value {
    if (Array.isArray(value)) return value.map((item, index) => plain(item, `${path}[${index}]`, secrets));
    if (typeof value !== "object" || value === null) return value as Value;
    const object = value as Record<string, unknown>;
    switch (object[rpc.specialSigKey]) {
        case rpc.specialSecretSig:
            secrets.push(path);
            return plain(object["value"], path, secrets);
        case rpc.specialResourceSig:
            return { urn: String(object["urn"]), id: String(object["id"] ?? "") };
    }
    const result: Properties = {};
    for (const [key, item] of Object.entries(object)) {
        result[key] = plain(item, path ? `${path}.${key}` : key, secrets);
    }
    return result;
}
