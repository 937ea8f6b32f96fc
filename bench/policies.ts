import { evaluate } from "../plan/graph";
import { readStackFile } from "../plan/stack-file";
import { loadRules } from "../policy/cli/load-configuration";
import { planned } from "../policy/engine/planned";
import { reportOn } from "../policy/report/report";

/** What evaluating the policies alone costs. */
export interface PolicyUsage {
    readonly rules: number;
    readonly resources: number;
    /** The first evaluation, as a plan has it: nothing is compiled yet. */
    readonly firstMs: number;
    /** The least of twenty more. */
    readonly leastMs: number;
}

const REPETITIONS = 20;

/** Evaluates every rule over prod's graph; prints the figures as JSON. */
export async function main(): Promise<number> {
    const folder = process.cwd();
    const { resources } = await evaluate("prod", readStackFile(folder, "prod"));
    const { rules, file } = loadRules(folder, "prod");
    const once = () => {
        const { user, system } = process.cpuUsage();
        reportOn("prod", resources.map(planned), rules, file);
        const after = process.cpuUsage();
        return (after.user + after.system - user - system) / 1000;
    };
    const firstMs = once();
    const leastMs = Math.min(...Array.from({ length: REPETITIONS }, once));
    const usage: PolicyUsage = { rules: rules.length, resources: resources.length, firstMs, leastMs };
    process.stdout.write(JSON.stringify(usage));
    return 0;
}
