import { main as plan } from "../plan/main";
import { withoutCeilings } from "./without-ceilings";

/** The whole plan, for fleets of any size. */
export function main(argv: readonly string[]): Promise<number> {
    withoutCeilings();
    return plan(argv);
}
