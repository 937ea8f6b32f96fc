import { delimiter, join } from "node:path";
import { cached, run } from "./cache";

export interface OpenClaw {
    /** The package itself: what the image holds in `/app`. */
    readonly application: string;
    /** What it depends on. */
    readonly dependencies: string;
}

/** OpenClaw from npm: the program of the image, without its plugins that are published apart. */
export async function openclaw(version: string, nodeFolder: string): Promise<OpenClaw> {
    const folder = await cached("openclaw", version, async (draft) => {
        await run("npm", ["install", "--prefix", draft, "--no-save", "--loglevel=error", `openclaw@${version}`], {
            // Its install scripts check the version of Node that they run on.
            env: { PATH: [nodeFolder, process.env["PATH"]].join(delimiter) },
        });
    });
    const dependencies = join(folder, "node_modules");
    return { application: join(dependencies, "openclaw"), dependencies };
}
