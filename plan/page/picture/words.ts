import { count } from "../../document/figures";
import type { Scene } from "./flows";

/** What stands outside the zones, by the number of the flow that leads there. */
export function outsideWords({
    document: { topology },
    domains,
    services,
}: Scene): Readonly<Record<number, { readonly name: string; readonly words: string }>> {
    return {
        3: { name: "AWS services, privately", words: services.join(", ") },
        4: topology.egressProxy
            ? { name: "Named domains only", words: domains.join(", ") }
            : { name: "Image registries", words: "no way for agents to the internet" },
        5: {
            name: "Decision archive",
            words: `Firehose, then S3 with Object Lock: ${topology.archive.mode}, ${count(topology.archive.days)} days`,
        },
        6: {
            name: "Backup vault",
            words:
                topology.copyRegion === undefined
                    ? "of its own, in this region; no copy in another"
                    : `of its own; every backup is copied to ${topology.copyRegion}`,
        },
    };
}
