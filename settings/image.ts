import { type Field, group, text } from "./fields";
import { matches } from "./leaves";

/** What differs between one image and another. */
interface ImageFields {
    readonly description: string;
    /** Repository that would do. */
    readonly repository: string;
    /** Release, for people: what it is, one that would do, and which ones may be named. */
    readonly tag: Field & { readonly pattern: RegExp };
    /** Digest that would do. */
    readonly digest: string;
}

/** A container image: where it is, its release for people, and the digest that decides. */
export const image = ({ description, repository, tag: { pattern, ...tag }, digest }: ImageFields) =>
    group(description, {
        repository: text(
            {
                description: "Where it is pulled from",
                example: repository,
                rule: `must be a repository with its registry, without tag, e.g. ${repository}`,
            },
            matches(/^[a-z0-9.-]+\.[a-z]{2,}(:\d+)?(\/[a-z0-9._-]+)+$/),
        ),
        tag: text(tag, matches(pattern)),
        digest: text(
            {
                description: "What is run",
                example: digest,
                rule: "must be sha256: and 64 hexadecimal digits, so that what was reviewed is what runs",
            },
            matches(/^sha256:[0-9a-f]{64}$/),
        ),
    });

/** The tag of an image that is built here. */
export const OWN_VERSION: ImageFields["tag"] = {
    description: "Version, for people; the digest decides",
    example: "0.1.0",
    rule: "must be a version of three numbers, e.g. 0.1.0",
    pattern: /^\d+\.\d+\.\d+(-[a-z0-9.-]+)?$/,
};

/** Whether a digest stands for an image that is still to be built: all zeros, as the committed stack files have it. */
export function isPlaceholder(digest: string): boolean {
    return /^sha256:0{64}$/.test(digest);
}
