// Makes a pod's places ready before OpenClaw starts: directories of its own on the volume, a sticky /tmp, its token and
// its configuration. Runs as the agent's user, before anyone mounts a directory of the volume.
/* global console, process */
import { createHmac } from "node:crypto";
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const {
  POD_NAME: pod,
  STATE_VOLUME: volume,
  STATE_DIRECTORIES: directories,
  SCRATCH: scratch,
  RUN: run,
  CLASS_KEY_FILE: keyFile,
  TELEMETRY: telemetry,
  TELEMETRY_TOKEN_MARK: mark,
  CONFIG_FILE: configFile,
  OPENCLAW_VERSION: wanted,
  REQUIRED_PLUGINS: plugins = "",
} = process.env;

fail(`the image holds OpenClaw ${version()}, the configuration is written for ${wanted}`, version() !== wanted);
for (const plugin of plugins.split(",").filter(Boolean)) {
  fail(
    `the image lacks the plugin ${plugin}: build it with OPENCLAW_EXTENSIONS, or no model answers`,
    !existsSync(join("dist", "extensions", plugin)),
  );
}

// The root of a block volume belongs to root, whatever fsGroup says, and OpenClaw wants to own its state directory and
// close it to others: so it gets a directory below the root.
for (const directory of directories.split(",")) privateDirectory(join(volume, directory));

mkdirSync(join(scratch, "tmp"), { recursive: true });
chmodSync(join(scratch, "tmp"), 0o1777);

// A key for all agents of the class, a token for each: who holds one token cannot make another's.
const token = createHmac("sha256", readFileSync(keyFile)).update(pod).digest("base64url");
place("token", token);

// Always the one of this release: what the volume or the program would rather have does not count. It is copied, because
// a mounted ConfigMap changes under all running agents at once, past the waves of a roll-out.
const reporting = JSON.stringify(readFileSync(join(telemetry, "token"), "utf8").trim()).slice(1, -1);
place(
  "openclaw.json",
  readFileSync(configFile, "utf8").replaceAll(mark, () => reporting),
);
place("collector.crt", readFileSync(join(telemetry, "ca.crt"), "utf8"));

console.log(JSON.stringify({ message: "prepared", pod, version: wanted }));

function version() {
  return JSON.parse(readFileSync("package.json", "utf8")).version;
}

function privateDirectory(path) {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  fail(`${path} is not a directory`, !lstatSync(path).isDirectory());
  chmodSync(path, 0o700);
}

/** Only this user may read it; whole or not at all. */
function place(name, text) {
  const draft = join(run, `.${name}`);
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { mode: 0o400 });
  renameSync(draft, join(run, name));
}

function fail(reason, wrong) {
  if (!wrong) return;
  console.error(JSON.stringify({ level: "error", message: reason, pod }));
  process.exit(1);
}
