#!/usr/bin/env node
const { existsSync } = require("node:fs");
const { join } = require("node:path");

if (!existsSync(join(__dirname, "node_modules", "pg"))) {
  process.stderr.write("data: its packages are not installed; run npm ci --prefix database\n");
  process.exit(2);
}
require("../plan/bundle.cjs").run(join(__dirname, "src", "main.ts"));
