import "@pulumi/pulumi/runtime/debuggable";

declare module "@pulumi/pulumi/runtime/debuggable" {
    /** Promises of the SDK that have not settled: exported by Pulumi, left out of its type declarations. */
    export function leakedPromises(): [Set<Promise<unknown>>, string];
}
