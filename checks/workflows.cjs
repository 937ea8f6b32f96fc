#!/usr/bin/env node
// GitHub's language service is made of ES modules that import JSON in a way that Node 20 refuses: everything is bundled.
const Module = require("node:module");
const path = require("node:path");
const { buildSync } = require("esbuild");

const entry = path.join(__dirname, "workflows.ts");
const { outputFiles } = buildSync({
  entryPoints: [entry],
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  write: false,
  logLevel: "error",
});
const program = new Module(entry, module);
program.filename = entry;
program.paths = module.paths;
program._compile(outputFiles[0].text, entry);
program.exports.main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
