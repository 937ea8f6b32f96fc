import * as pulumi from "@pulumi/pulumi";
import type { AgentClass } from "./agents/spec";
import { AgentStorage } from "./agents/storage";
import { ClassIsolation, type ClassIsolationArgs } from "./isolation/isolation";

/** Arguments of {@link Cells}. */
export interface CellsArgs extends Omit<ClassIsolationArgs, "agentClass"> {
    readonly classes: readonly AgentClass[];
    /** Key for agents' volumes. */
    readonly volumesKeyArn: pulumi.Input<string>;
}

/**
 * For each class of agents the cell that it lives in, and the kind of volume that all of them get: to be created before the
 * agents. Two classes share no namespace, quota, policy or role.
 */
export class Cells extends pulumi.ComponentResource {
    /** Where a class's agents find the internet; absent for classes that may not. */
    readonly proxyUrls: Readonly<Record<string, string | undefined>>;
    /** Role of each class that may invoke its model, and nothing else. */
    readonly modelRoleArns: Readonly<Record<string, pulumi.Output<string>>>;

    constructor(name: string, args: CellsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:Cells", name, {}, opts);
        new AgentStorage(`${name}-storage`, { volumesKeyArn: args.volumesKeyArn }, { parent: this });
        const cells = args.classes.map(
            (agentClass) =>
                [
                    agentClass.name,
                    new ClassIsolation(`${name}-${agentClass.name}`, { ...args, agentClass }, { parent: this }),
                ] as const,
        );
        this.proxyUrls = Object.fromEntries(cells.map(([each, { proxyUrl }]) => [each, proxyUrl]));
        this.modelRoleArns = Object.fromEntries(cells.map(([each, { modelRoleArn }]) => [each, modelRoleArn]));
        this.registerOutputs({ proxyUrls: this.proxyUrls, modelRoleArns: this.modelRoleArns });
    }
}
