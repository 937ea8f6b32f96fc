import { evaluate } from "../plan/graph";
import { readStackFile } from "../plan/stack-file";
import { withoutCeilings } from "./without-ceilings";

/** The program's graph, and nothing said of it. */
export async function main([stack = ""]: readonly string[]): Promise<number> {
    withoutCeilings();
    await evaluate(stack, readStackFile(process.cwd(), stack));
    return 0;
}
