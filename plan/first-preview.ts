import * as resproto from "@pulumi/pulumi/proto/resource_pb";
import * as runtime from "@pulumi/pulumi/runtime";
import { setMocks } from "@pulumi/pulumi/runtime/mocks";
import * as settings from "@pulumi/pulumi/runtime/settings";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { parseConfig } from "../config";
import program from "../index";
import { OfflineEngine, type PlannedResource } from "./offline-engine";
import { withPlainStructs } from "./plain-structs";
import type { RawConfig } from "./stack-file";
import { withoutStackTraces } from "./stack-traces";

const PROJECT = "openclaw";
type Reply = (error: unknown, response: unknown) => void;

/**
 * What Pulumi's engine is asked for in the first preview of a stack: nothing exists, so that no value is known that AWS gives, and
 * of objects of Kubernetes, whose provider waits for its cluster, no value at all.
 */
export async function firstPreview(stack: string, config: RawConfig): Promise<readonly PlannedResource[]> {
    const { account, region } = parseConfig(config, { project: PROJECT, stack });
    const engine = new FirstPreview({ account, region }, PROJECT, stack);
    await engine.attachTo(PROJECT, stack);
    runtime.setAllConfig({ ...config });
    await withoutStackTraces(() =>
        withPlainStructs(async () => {
            await runtime.runInPulumiStack(async () => program());
            await runtime.disconnect();
        }),
    );
    return engine.planned;
}

class FirstPreview extends OfflineEngine {
    async attachTo(project: string, stack: string): Promise<void> {
        await setMocks(this.mocks, project, stack, true);
        settings.setMockOptions(this, project, stack, true);
    }

    override async registerResource(request: resproto.RegisterResourceRequest, reply: Reply): Promise<void> {
        await super.registerResource(request, (error, response) => {
            if (response instanceof resproto.RegisterResourceResponse && request.getCustom()) {
                const known = request.getType().startsWith("kubernetes:") ? new Struct() : request.getObject();
                response.setId("");
                response.setObject(known);
            }
            reply(error, response);
        });
    }
}
