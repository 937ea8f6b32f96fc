/** A container image, pinned. */
export interface Image {
    readonly repository: string;
    readonly tag: string;
    /** Digest of the multi-architecture index, e.g. `sha256:...`. Absent where it could not be verified: then the tag decides. */
    readonly digest?: string;
}

/** The reference by which Kubernetes pulls an image: by digest where there is one. */
export function reference({ repository, tag, digest }: Image): string {
    return digest === undefined ? `${repository}:${tag}` : `${repository}:${tag}@${digest}`;
}

/** Replicates agents' databases while they work. Its format ties a restore to the minor release: change it with a drill. */
export const LITESTREAM: Image = {
    repository: "docker.io/litestream/litestream",
    tag: "0.5.15",
    digest: "sha256:f45ca298a567bef6edd23d43429b5f80721473a9a9719e467f11d7888999403e",
};

/** Does nothing, and holds a node by it. */
export const PAUSE: Image = {
    repository: "registry.k8s.io/pause",
    tag: "3.10",
    digest: "sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a",
};

/** Envoy without a shell: the way of agents to the domains that their class names. */
export const EGRESS_PROXY_IMAGE: Image = {
    repository: "docker.io/envoyproxy/envoy",
    tag: "distroless-v1.39.2",
    digest: "sha256:dced08cf7c472e1a1d067f906878266078eeeb63c110b4961882c039a622853a",
};

/** Takes in what agents report. Its configuration is written for this release. */
export const OTEL_COLLECTOR: Image = {
    repository: "docker.io/otel/opentelemetry-collector-contrib",
    tag: "0.159.0",
    digest: "sha256:1f2c54a30e713fac6b3ae77a1ec84010c2007e29ced8ec666214fc2f6739c1cc",
};
