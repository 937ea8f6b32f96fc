import { join } from "node:path";
import { cached, run } from "./cache";

const VERSION = "5.2.5";

/** A stand-in for S3, moto's server: the Python that runs it with `-m moto.server`. */
export async function objectStore(): Promise<string> {
    const folder = await cached("moto", VERSION, async (draft) => {
        await run("python3", ["-m", "venv", draft], { why: "the stand-in for S3 needs Python 3.9 or later with venv" });
        await run(join(draft, "bin", "python"), ["-m", "pip", "install", "--quiet", `moto[server]==${VERSION}`]);
    });
    return join(folder, "bin", "python");
}
