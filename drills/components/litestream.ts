import { LITESTREAM } from "../../components/compute/images";
import { cached, run } from "./cache";

/** Folder with `litestream` of the version that agents' pods run, built from source. */
export function litestream(): Promise<string> {
    const version = `v${LITESTREAM.tag}`;
    return cached("litestream", version, async (draft) => {
        await run(
            "go",
            ["install", "-ldflags", "-s -w", `github.com/benbjohnson/litestream/cmd/litestream@${version}`],
            {
                env: { GOBIN: draft, CGO_ENABLED: "0" },
                why: "Litestream is built with Go (https://go.dev/doc/install)",
            },
        );
    });
}
