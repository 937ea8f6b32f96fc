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
