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
