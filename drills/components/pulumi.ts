import { join } from "node:path";
import { cached, run } from "./cache";

/** The newest release of the CLI that can be built as a Go module; works with the SDK that package.json pins. */
const VERSION = "v3.250.0";

/** Folder with Pulumi's own engine, the `pulumi` command. Building it takes some minutes, once. */
export async function pulumiCli(): Promise<string> {
    return cached("pulumi", VERSION, async (draft) => {
        const module = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
        const source = join(draft, "source");
        const why = "the Pulumi CLI is built with Go (https://go.dev/doc/install)";
        await run("mkdir", [source]);
        await run("go", ["mod", "init", "build"], { cwd: source, why });
        await run("go", ["get", `${module}@${VERSION}`], { cwd: source, why });
        const version = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${VERSION}`;
        await run("go", ["build", "-o", join(draft, "pulumi"), "-ldflags", version, module], {
            cwd: source,
            env: { CGO_ENABLED: "0" },
            why,
        });
        await run("rm", ["-rf", source]);
    });
}
