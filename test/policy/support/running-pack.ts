import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/analyzer_pb";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { PlannedResource, Properties, Value } from "../../../plan/offline-engine";
import type { Configured } from "../../../policy/engine/configuration";
import type { Level } from "../../../policy/engine/rule";

const LARGEST_MESSAGE = 400 * 1024 * 1024;
const LEVELS: Readonly<Record<Level, messages.EnforcementLevel>> = {
    advisory: messages.EnforcementLevel.ADVISORY,
    mandatory: messages.EnforcementLevel.MANDATORY,
    remediate: messages.EnforcementLevel.REMEDIATE,
    disabled: messages.EnforcementLevel.DISABLED,
};

/** What the pack says about a resource or the stack. */
export interface Diagnostic {
    readonly rule: string;
    readonly message: string;
    readonly mandatory: boolean;
    /** Of a stack rule's violation. */
    readonly urn: string;
}

type Reply<Response> = (error: ServiceError | null, response: Response) => void;

/** A policy pack in a process of its own, spoken to as Pulumi's engine does (pulumi/sdk/go/common/resource/plugin/analyzer_plugin.go). */
export class RunningPack {
    private constructor(
        private readonly child: ChildProcess,
        private readonly client: AnalyzerClient,
    ) {}

    /** Starts the pack of a folder, in that folder, with `@pulumi/pulumi/cmd/run-policy-pack`, and waits for its port. */
    static async start(folder: string): Promise<RunningPack> {
        const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack", { paths: [folder] });
        // The first argument is the engine's address, which the runner of packs passes over.
        const child = spawn(process.execPath, [runner, "127.0.0.1:0", ".", "-typescript=false"], {
            cwd: folder,
            stdio: ["ignore", "pipe", "pipe"],
        });
        process.once("exit", () => child.kill("SIGKILL"));
        let said = "";
        child.stderr.on("data", (chunk: Buffer) => (said += String(chunk)));
        const port = await new Promise<string>((resolve, reject) => {
            createInterface({ input: child.stdout }).once("line", resolve);
            child.once("exit", (code) => reject(new Error(`the pack ended with ${code}:\n${said}`)));
        });
        const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
            "grpc.max_receive_message_length": LARGEST_MESSAGE,
            "grpc.max_send_message_length": LARGEST_MESSAGE,
        });
        return new RunningPack(child, client);
    }

    info(): Promise<messages.AnalyzerInfo> {
        return answer((reply) => this.client.getAnalyzerInfo(new Empty(), reply));
    }

    /** Hands over a configuration as the engine does: a level and all settings, defaults included, for every rule. */
    async configure(rules: readonly Configured[], settings: (rule: string) => object): Promise<void> {
        const request = new messages.ConfigureAnalyzerRequest();
        for (const { rule, level } of rules) {
            const entry = new messages.PolicyConfig();
            entry.setEnforcementlevel(LEVELS[level]);
            entry.setProperties(struct(rule.settings.parse(settings(rule.name))));
            request.getPolicyconfigMap().set(rule.name, entry);
        }
        await answer<Empty>((reply) => this.client.configure(request, reply));
    }

    /** What the rules over single resources say of the inputs of a resource. */
    async analyze(resource: PlannedResource): Promise<Diagnostic[]> {
        return diagnosticsOf(await answer((reply) => this.client.analyze(requestFor(resource), reply)));
    }

    /** What the rules over the whole say of the outputs of all resources. */
    async analyzeStack(resources: readonly PlannedResource[]): Promise<Diagnostic[]> {
        const request = new messages.AnalyzeStackRequest();
        request.setResourcesList(resources.map(stackResource));
        return diagnosticsOf(await answer((reply) => this.client.analyzeStack(request, reply)));
    }

    /** By rule, the inputs that it makes of a resource. */
    async remediate(resource: PlannedResource): Promise<Record<string, unknown>> {
        const response = await answer<messages.RemediateResponse>((reply) =>
            this.client.remediate(requestFor(resource), reply),
        );
        return Object.fromEntries(
            response
                .getRemediationsList()
                .map((each) => [each.getPolicyname(), each.getDiagnostic() || each.getProperties()?.toJavaScript()]),
        );
    }

    async stop(): Promise<void> {
        this.client.close();
        const ended = new Promise((resolve) => this.child.once("close", resolve));
        this.child.kill("SIGKILL");
        await ended;
    }
}

function answer<Response>(ask: (reply: Reply<Response>) => unknown): Promise<Response> {
    return new Promise((resolve, reject) => {
        ask((error, response) => (error ? reject(error) : resolve(response)));
    });
}

function requestFor(resource: PlannedResource): messages.AnalyzeRequest {
    const request = new messages.AnalyzeRequest();
    request.setType(resource.type);
    request.setUrn(resource.urn);
    request.setName(resource.name);
    request.setProperties(struct(wire(resource.inputs, resource.secrets)));
    request.setOptions(optionsOf(resource));
    return request;
}

function stackResource(resource: PlannedResource): messages.AnalyzerResource {
    const message = new messages.AnalyzerResource();
    message.setType(resource.type);
    message.setUrn(resource.urn);
    message.setName(resource.name);
    // In the first preview the provider of Kubernetes is not configured yet, and the engine knows nothing of its resources.
    const outputs = resource.type.startsWith("kubernetes:") ? {} : { ...resource.outputs, ...resource.inputs };
    message.setProperties(struct(wire(outputs, resource.secrets)));
    message.setOptions(optionsOf(resource));
    message.setParent(resource.parent ?? "");
    message.setDependenciesList([...resource.dependencies]);
    for (const [key, urns] of Object.entries(resource.propertyDependencies)) {
        const dependencies = new messages.AnalyzerPropertyDependencies();
        dependencies.setUrnsList([...urns]);
        message.getPropertydependenciesMap().set(key, dependencies);
    }
    return message;
}

function optionsOf({ protect, parent, ignoreChanges }: PlannedResource): messages.AnalyzerResourceOptions {
    const options = new messages.AnalyzerResourceOptions();
    options.setProtect(protect);
    options.setParent(parent ?? "");
    options.setIgnorechangesList([...ignoreChanges]);
    return options;
}

/** The properties with secrets marked as they are on the wire. */
function wire(properties: Properties, secrets: readonly string[]): Properties {
    if (secrets.length === 0) return properties;
    const mark = (value: Value, path: string): Value => {
        if (secrets.includes(path)) return { [specialSigKey]: specialSecretSig, value };
        if (Array.isArray(value)) return value.map((item, index) => mark(item, `${path}[${index}]`));
        if (typeof value !== "object" || value === null) return value;
        return Object.fromEntries(
            Object.entries(value).map(([key, item]) => [key, mark(item, path ? `${path}.${key}` : key)]),
        );
    };
    return mark(properties, "") as Properties;
}

function struct(value: object): Struct {
    return Struct.fromJavaScript(value as Record<string, never>);
}

function diagnosticsOf(response: messages.AnalyzeResponse): Diagnostic[] {
    return response.getDiagnosticsList().map((each) => ({
        rule: each.getPolicyname(),
        message: each.getMessage(),
        mandatory: each.getEnforcementlevel() === messages.EnforcementLevel.MANDATORY,
        urn: each.getUrn(),
    }));
}
