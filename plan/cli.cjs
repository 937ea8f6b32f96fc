#!/usr/bin/env node
require("./bundle.cjs").run(require("node:path").join(__dirname, "main.ts"));
