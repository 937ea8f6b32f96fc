import * as pulumi from "@pulumi/pulumi";

/**
 * The name of an object of Kubernetes, for whoever has to come after it and after some others. It is known from the first
 * preview on: an output of the object itself would not be, as long as there is no cluster, and policies could not judge
 * what belongs together.
 */
export function nameAfter(name: string, ...resources: readonly pulumi.Resource[]): pulumi.Output<string> {
    return pulumi.all(resources.map(({ urn }) => urn)).apply(() => name);
}
