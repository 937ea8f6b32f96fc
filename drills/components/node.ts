import { join } from "node:path";
import { cached, run } from "./cache";

/** The Node that OpenClaw's image holds. */
export const NODE_VERSION = "24.21.0";

/** Folder with the `node` that OpenClaw asks for; npm carries its binary. */
export async function node24(): Promise<string> {
    const folder = await cached("node", NODE_VERSION, async (draft) => {
        await run("npm", ["install", "--prefix", draft, "--no-save", "--loglevel=error", `node@${NODE_VERSION}`], {
            why: "it comes with Node (https://nodejs.org)",
        });
    });
    return join(folder, "node_modules", "node", "bin");
}
