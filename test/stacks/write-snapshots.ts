import { writeFileSync } from "node:fs";
import { graphOf } from "../support/stacks";
import { snapshotFile, snapshotOf } from "./snapshot";

async function main(): Promise<void> {
    for (const stack of ["staging", "prod"] as const) {
        writeFileSync(snapshotFile(stack), snapshotOf(await graphOf(stack)));
    }
}

void main();
