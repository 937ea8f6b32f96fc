import * as pulumi from "@pulumi/pulumi";
import { AgentClassFleet } from "./agents/agent-class";
import type { PodImages } from "./agents/pod";
import type { RuntimeEnvironment } from "./agents/runtime-types";
import type { AgentClass } from "./agents/spec";

/** Arguments of {@link Fleet}. */
export interface FleetArgs {
    /** The classes of agents. A class that is taken out is deleted; the volumes of its agents stay. */
    readonly classes: readonly AgentClass[];
    /** OpenClaw's image and the bridge's. A change rolls every class. */
    readonly images: PodImages;
    /** What is there for the agents of all classes. */
    readonly environment: Omit<RuntimeEnvironment<pulumi.Input<string>>, "proxyUrl" | "modelRoleArn">;
    /** Role for the model of a class: `modelRoleArns` of Cells. */
    readonly modelRoleArns: Readonly<Record<string, pulumi.Input<string>>>;
    /** Where a class's agents find the internet: `proxyUrls` of Cells. */
    readonly proxyUrls: Readonly<Record<string, string | undefined>>;
}

/** All agents, class by class. The number of resources is that of the classes, whatever the number of agents. */
export class Fleet extends pulumi.ComponentResource {
    /** Namespaces of the classes, by class. */
    readonly namespaces: Readonly<Record<string, string>>;

    constructor(name: string, args: FleetArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:Fleet", name, {}, opts);
        this.namespaces = Object.fromEntries(
            args.classes.map((spec) => {
                const modelRoleArn = args.modelRoleArns[spec.name];
                if (modelRoleArn === undefined)
                    throw new Error(`${name}: class ${spec.name} has no role for its model`);
                const environment = { ...args.environment, modelRoleArn, proxyUrl: args.proxyUrls[spec.name] };
                const agents = new AgentClassFleet(
                    `${name}-${spec.name}`,
                    { spec, images: args.images, environment },
                    { parent: this },
                );
                return [spec.name, agents.namespace];
            }),
        );
        this.registerOutputs({ namespaces: this.namespaces });
    }
}
