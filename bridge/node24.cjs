#!/usr/bin/env node
// Runs a script with the Node of the bridge's image, whatever this one's version is: npm carries its binary.
//   node bridge/node24.cjs SCRIPT [ARGUMENT...]
const { spawn } = require("node:child_process");
const { join } = require("node:path");

require("ts-node/register/transpile-only");
const { node24 } = require("../drills/components/node.ts");

node24().then(
  (folder) => {
    const child = spawn(join(folder, "node"), process.argv.slice(2), { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
    child.on("close", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
  },
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  },
);
