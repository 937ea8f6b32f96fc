// Runs a command of the project from its TypeScript sources. They are bundled in memory, which takes a twentieth of a
// second: compiling them one by one with the TypeScript compiler would take as long as the whole plan.
const { spawnSync } = require("node:child_process");
const Module = require("node:module");
const path = require("node:path");
const { buildSync } = require("esbuild");

/** The exports of a TypeScript file of the project. */
exports.load = function load(entry) {
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
  program.paths = Module._nodeModulePaths(path.dirname(entry));
  program._compile(outputFiles[0].text, entry);
  return program.exports;
};

/** Calls `main` of a file with the command's arguments; what it resolves to is the exit code. */
exports.run = function run(entry) {
  /** A fault of the program, not of the user: once more unbundled, so that the trace names the sources' own lines. */
  const explain = () => {
    const call = `require(${JSON.stringify(entry)}).main(${JSON.stringify(process.argv.slice(2))})`;
    const again = spawnSync(
      process.execPath,
      [
        "-r",
        require.resolve("ts-node/register/transpile-only"),
        "-e",
        `${call}.catch((e) => { console.error(e); process.exit(70); })`,
      ],
      { stdio: "inherit", env: { ...process.env, OPENCLAW_PLAN_TRACES: "1" } },
    );
    process.exit(again.status || 70);
  };

  // Pulumi's resources settle by themselves: a fault in one comes here, and not back to the caller.
  process.on("unhandledRejection", explain);
  process.on("uncaughtException", explain);

  exports
    .load(entry)
    .main(process.argv.slice(2))
    .then((code) => {
      process.exitCode = code;
    }, explain);
};
