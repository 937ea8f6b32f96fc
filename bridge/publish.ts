import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageSchema } from "./src/contract/schema";

/** Writes the JSON Schema of what stands on the brokers; with --check it only says whether it is up to date. */
const file = join(__dirname, "..", "docs", "bridge-message.schema.json");
const text = `${JSON.stringify(messageSchema(), null, 2)}\n`;
if (!process.argv.includes("--check")) writeFileSync(file, text);
else if (readFileSync(file, "utf8") !== text) {
    process.stderr.write(
        "docs/bridge-message.schema.json is not what bridge/src/contract says; run npm run docs:bridge\n",
    );
    process.exit(1);
}
