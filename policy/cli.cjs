#!/usr/bin/env node
require("../plan/bundle.cjs").run(require("node:path").join(__dirname, "cli", "main.ts"));
