import type { Explanation } from "./explanation";

/** What holds for resources of every kind. */
export const GENERAL: readonly Explanation[] = [
    {
        types: /^kubernetes:/,
        paths: /^(apiVersion|kind)$/,
        because:
            "another kind of object is another type of resource in Pulumi; the API refuses what does not fit its type",
    },
    {
        types: /^kubernetes:/,
        paths: /(^|\.)metadata\.labels\.app\.kubernetes\.io\/|^metadata\.labels\.openclaw\//,
        because:
            "labels of the object itself are for people; selectors and policies go by those of pods and namespaces",
    },
    {
        types: /^kubernetes:/,
        paths: /^metadata\.annotations\.pulumi\.com\//,
        because: "tells Pulumi how to wait, replace or delete; drill:engine and drill:cluster show what comes of it",
    },
    {
        types: /./,
        paths: /(^|\.)(description|alarmDescription|Sid|Version)$/,
        because: "text for people, or the version of IAM's language, which has one value",
    },
];
