// Runs a command of the project from its TypeScript sources. They are bundled in memory: compiling them one by one with the
// TypeScript compiler would take as long as the whole plan. The bundle is kept until one of its sources changes.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const vm = require("node:vm");

const root = path.join(__dirname, "..");
const cache = path.join(root, "node_modules", ".cache", "openclaw");

/** The exports of a TypeScript file of the project. */
exports.load = function load(entry) {
  Module.enableCompileCache?.(cache);
  require("./lazy-modules.cjs");
  const program = new Module(entry, module);
  program.filename = entry;
  program.paths = Module._nodeModulePaths(path.dirname(entry));
  const call = compile(entry, bundled(entry));
  call.call(
    program.exports,
    program.exports,
    (request) => program.require(request),
    program,
    entry,
    path.dirname(entry),
  );
  return program.exports;
};

/** Where what is kept of an entry lies: apart for each version of Node, since compiled code is good for one alone. */
function kept(entry, extension) {
  const key = createHash("sha256").update(`${entry} ${process.version} ${process.arch}`).digest("hex").slice(0, 16);
  return path.join(cache, `${path.basename(entry, ".ts")}-${key}${extension}`);
}

/** The sources of an entry as one text: as it was kept, where every source is what it was then. */
function bundled(entry) {
  try {
    const { sources, ...bundle } = JSON.parse(fs.readFileSync(kept(entry, ".json"), "utf8"));
    if (sources.every(([file, mark]) => markOf(file) === mark)) return bundle;
    // Compiled code belongs to one text alone: V8 compares nothing but the lengths.
    fs.rmSync(kept(entry, `-${bundle.id}.bin`), { force: true });
  } catch {
    // Nothing kept, or damaged: it is made anew.
  }
  const { buildSync } = require("esbuild");
  const { outputFiles, metafile } = buildSync({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    packages: "external",
    metafile: true,
    write: false,
    logLevel: "error",
  });
  const code = outputFiles[0].text;
  // The lock file names the bundler's version.
  const files = [
    ...Object.keys(metafile.inputs).map((file) => path.join(root, file)),
    path.join(root, "package-lock.json"),
  ];
  const id = createHash("sha256").update(code).digest("hex").slice(0, 16);
  keep(kept(entry, ".json"), JSON.stringify({ sources: files.map((file) => [file, markOf(file)]), id, code }));
  return { id, code };
}

/** Changes whenever a file does. */
function markOf(file) {
  const { mtimeMs, ctimeMs, size, ino } = fs.statSync(file);
  return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
}

/** The text as a function, from compiled code where it is kept. */
function compile(entry, { id, code }) {
  const text = Module.wrap(code);
  const file = kept(entry, `-${id}.bin`);
  const cachedData = read(file);
  const script = new vm.Script(text, { filename: entry, cachedData });
  if (cachedData === undefined || script.cachedDataRejected) {
    // What has run by then is compiled, and nothing else: most of a program never runs.
    process.once("exit", () => keep(file, script.createCachedData()));
  }
  return script.runInThisContext();
}

function read(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Writes a file as a whole or not at all; what cannot be kept is made again the next time. */
function keep(file, content) {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(`${file}.${process.pid}`, content);
    fs.renameSync(`${file}.${process.pid}`, file);
  } catch {
    // A folder that may not be written to.
  }
}

/** Calls `main` of a file with the command's arguments; what it resolves to is the exit code. */
exports.run = function run(entry) {
  /** A fault of the program, not of the user: once more unbundled, so that the trace names the sources' own lines. */
  const explain = () => {
    const { spawnSync } = require("node:child_process");
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
