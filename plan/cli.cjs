#!/usr/bin/env node
// Starts the plan. The sources are bundled in memory, which takes a twentieth of a second: compiling them one by one
// with the TypeScript compiler would take as long as the whole plan.
const { spawnSync } = require("node:child_process");
const Module = require("node:module");
const path = require("node:path");
const { buildSync } = require("esbuild");

const entry = path.join(__dirname, "main.ts");

function bundled() {
  Module.enableCompileCache?.(path.join(__dirname, "..", "node_modules", ".cache", "openclaw"));
  require("./lazy-modules.cjs");
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    packages: "external",
    write: false,
    logLevel: "error",
  });
  const program = new Module(entry, module);
  program.filename = entry;
  program.paths = module.paths;
  program._compile(outputFiles[0].text, entry);
  return program.exports;
}

bundled()
  .main(process.argv.slice(2))
  .then(
    (code) => {
      process.exitCode = code;
    },
    () => {
      // A fault of the program, not of the user: run it again unbundled, so that the trace names the sources' own lines.
      const args = [
        "-r",
        "ts-node/register/transpile-only",
        "-e",
        "require('./plan/main').main(process.argv.slice(1)).catch((e) => { console.error(e); process.exit(70); })",
        "--",
      ];
      const again = spawnSync(process.execPath, [...args, ...process.argv.slice(2)], {
        stdio: "inherit",
        cwd: path.join(__dirname, ".."),
      });
      process.exitCode = again.status || 70;
    },
  );
