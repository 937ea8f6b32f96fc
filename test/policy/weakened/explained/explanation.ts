/** Why a property may be lost or changed without any rule noticing it. */
export interface Explanation {
    /** Types of resources. */
    readonly types: RegExp;
    /** Paths, with `*` for places in lists and `#` where a document stands as text. */
    readonly paths: RegExp;
    /** Changes that it is about; without it all. */
    readonly how?: RegExp;
    /** One sentence: what else guards it, or why no promise rests on it. */
    readonly because: string;
}
