// Keeps the agent's files (workspace, credentials, all that is no database) in one more SQLite database, which Litestream
// replicates like the others: the same prefix, the same loss window, the same way back, and no second client of S3.
//   archive.mjs keep    brings the archive up to date again and again, and once more when asked to end
//   archive.mjs unpack  writes the files back where the volume has none yet
/* global Buffer, clearTimeout, console, process, setTimeout */
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const { ARCHIVE: file, ARCHIVE_ROOTS: roots, ARCHIVE_SECONDS: seconds = "30", ARCHIVE_MARK: mark } = process.env;

/** A piece at a time: memory stays small, however large a file is. */
const CHUNK = 1024 * 1024;
/** Databases have replicas of their own; the rest is made again, or belongs to one process. */
const LEFT_OUT_FILES = /(\.sqlite(-wal|-shm|-journal)?|\.lock|\.tmp|\.pid|\.sock)$|^tmp_obj_/;
const LEFT_OUT_FOLDERS = /^(node_modules|\.venv|__pycache__|\.cache)$|-litestream$/;
const LEFT_OUT_AT_TOP = new Set(["tmp", "logs", "cache", "locks"]);
/** The archive stops growing before it fills the volume that OpenClaw writes to. */
const LEAVE_FREE = 0.1;

const FILE = 0o100000;
const FOLDER = 0o040000;
const LINK = 0o120000;
const TYPE = 0o170000;

if (process.argv[2] === "unpack") unpack();
else await keep();

function open() {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;");
  database.exec(`
        CREATE TABLE IF NOT EXISTS entry (path TEXT PRIMARY KEY, mode INTEGER, changed REAL, size INTEGER, target TEXT);
        CREATE TABLE IF NOT EXISTS chunk (path TEXT, place INTEGER, data BLOB, PRIMARY KEY (path, place)) WITHOUT ROWID;
    `);
  chmodSync(file, 0o600);
  return database;
}

async function keep() {
  const database = open();
  let ending = false;
  let wake = () => {};
  process.on("SIGTERM", () => {
    ending = true;
    wake();
  });
  for (;;) {
    const last = ending;
    try {
      pass(database);
    } catch (error) {
      say("error", `files were not archived: ${error.message}`);
    }
    if (last) break;
    if (!ending) {
      let timer;
      await new Promise((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, Number(seconds) * 1000);
      });
      clearTimeout(timer);
    }
  }
  database.close();
}

/** One comparison of the files with the archive; each change is a transaction of its own. */
function pass(database) {
  const known = new Map(
    database
      .prepare("SELECT path, mode, changed, size FROM entry")
      .all()
      .map((row) => [row.path, row]),
  );
  const write = database.prepare("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?)");
  const clear = database.prepare("DELETE FROM chunk WHERE path = ?");
  const add = database.prepare("INSERT INTO chunk VALUES (?, ?, ?)");
  const forget = database.prepare("DELETE FROM entry WHERE path = ?");
  const counts = { kept: 0, gone: 0, unread: 0, skipped: 0 };
  const found = files();
  for (const { path, stats } of found) {
    const before = known.get(path);
    known.delete(path);
    const size = stats.isFile() ? stats.size : 0;
    const changed = stats.isDirectory() ? 0 : stats.mtimeMs;
    if (before && before.mode === stats.mode && before.size === size && before.changed === changed) continue;
    if (size > 0 && full(size)) {
      counts.skipped += 1;
      continue;
    }
    database.exec("BEGIN IMMEDIATE");
    try {
      clear.run(path);
      if (stats.isFile()) copy(path, stats, add);
      write.run(path, stats.mode, changed, size, stats.isSymbolicLink() ? readlinkSync(path) : null);
      database.exec("COMMIT");
      counts.kept += 1;
    } catch (error) {
      database.exec("ROLLBACK");
      // Closed by the agent to itself: not the end of all others.
      if (error.code === "EACCES") counts.unread += 1;
      // Changed or gone while it was read: the next pass sees what became of it.
      else if (error.code !== "ENOENT" && error.code !== "CHANGED") throw error;
    }
  }
  for (const path of known.keys()) {
    database.exec("BEGIN IMMEDIATE");
    clear.run(path);
    forget.run(path);
    database.exec("COMMIT");
    counts.gone += 1;
  }
  if (counts.kept + counts.gone > 0) say("info", "archived", counts);
  if (counts.skipped > 0) say("error", "files were not archived: the volume is nearly full", counts);
}

/** All files below the roots. What git refers to comes after what refers to it, so that a copy is never ahead of its objects. */
function files() {
  const found = [];
  const objects = [];
  const walk = (folder, top, inObjects) => {
    let names;
    try {
      names = readdirSync(folder);
    } catch (error) {
      if (error.code === "ENOENT" || error.code === "EACCES") return;
      throw error;
    }
    for (const name of names) {
      const path = join(folder, name);
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (!stats) continue;
      if (stats.isDirectory()) {
        if (LEFT_OUT_FOLDERS.test(name) || (top && LEFT_OUT_AT_TOP.has(name))) continue;
        found.push({ path, stats });
        walk(path, false, inObjects || (name === "objects" && folder.endsWith(".git")));
      } else if ((stats.isFile() && !LEFT_OUT_FILES.test(name)) || stats.isSymbolicLink()) {
        (inObjects ? objects : found).push({ path, stats });
      }
    }
  };
  for (const root of roots.split(",")) walk(root, true, false);
  return [...found, ...objects];
}

function copy(path, stats, add) {
  const descriptor = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(Math.min(CHUNK, Math.max(1, stats.size)));
    for (let place = 0, at = 0; at < stats.size; place += 1) {
      const length = readSync(descriptor, buffer, 0, buffer.length, at);
      if (length === 0) break;
      add.run(path, place, buffer.subarray(0, length));
      at += length;
    }
    const after = fstatSync(descriptor);
    if (after.size !== stats.size || after.mtimeMs !== stats.mtimeMs) {
      throw Object.assign(new Error("changed"), { code: "CHANGED" });
    }
  } finally {
    closeSync(descriptor);
  }
}

function full(size) {
  const { bavail, blocks, bsize } = statfsSync(dirname(file));
  return bavail * bsize - size < blocks * bsize * LEAVE_FREE;
}

function unpack() {
  if (existsSync(mark)) return;
  if (existsSync(file)) {
    const database = open();
    let count = 0;
    for (const { path, mode, changed, target } of database.prepare("SELECT * FROM entry ORDER BY path").all()) {
      restore(database, path, mode, changed, target);
      count += 1;
    }
    database.close();
    say("info", "unpacked", { count });
  }
  // Only now: a start that was cut short unpacks again.
  writeFileSync(mark, "", { mode: 0o600 });
}

function restore(database, path, mode, changed, target) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if ((mode & TYPE) === FOLDER) {
    mkdirSync(path, { recursive: true });
    chmodSync(path, mode & 0o7777);
  } else if ((mode & TYPE) === LINK) {
    rmSync(path, { force: true });
    symlinkSync(target, path);
    lutimesSync(path, changed / 1000, changed / 1000);
  } else if ((mode & TYPE) === FILE) {
    const draft = `${path}.tmp`;
    rmSync(draft, { force: true });
    const descriptor = openSync(draft, "wx", 0o600);
    for (const { data } of database.prepare("SELECT data FROM chunk WHERE path = ? ORDER BY place").iterate(path)) {
      writeSync(descriptor, data);
    }
    closeSync(descriptor);
    chmodSync(draft, mode & 0o7777);
    utimesSync(draft, changed / 1000, changed / 1000);
    renameSync(draft, path);
  }
}

function say(level, message, more = {}) {
  console.log(JSON.stringify({ time: new Date().toISOString(), level, message, ...more }));
}
