// Makes the bridge one file, dist/bridge.cjs: what its image holds beside Node.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { build } = require("esbuild");

/** The Kafka client reads a module of WebAssembly from beside its sources, where a bundle has none: it is put into the code. */
const wasm = {
  name: "wasm",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@platformatic[\\/]wasm-utils[\\/].*\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const contents = source.replace(
        /readFileSync\(new URL\((['"])([^'"]+\.wasm)\1, import\.meta\.url\)\)/g,
        (_call, _quote, file) => {
          const bytes = readFileSync(join(path, "..", file)).toString("base64");
          return `Buffer.from("${bytes}", "base64")`;
        },
      );
      return { contents, loader: "js" };
    });
  },
};

/** What libraries bring along and nobody here uses: megabytes at run time, beside every agent. */
const UNUSED = [
  // The Kafka client's schema registry.
  [
    /[\\/]@platformatic[\\/]kafka[\\/]dist[\\/]registries[\\/]confluent-schema-registry\.js$/,
    "export class ConfluentSchemaRegistry {}",
  ],
  // The messages of zod in forty languages.
  [/[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/, 'export { default as en } from "./en.js";'],
  // The MCP server is given another validator.
  [
    /[\\/]@modelcontextprotocol[\\/]sdk[\\/].*[\\/]validation[\\/]ajv-provider\.js$/,
    "export class AjvJsonSchemaValidator {}",
  ],
];
const withoutUnused = {
  name: "without-unused",
  setup({ onLoad }) {
    for (const [filter, contents] of UNUSED) onLoad({ filter }, () => ({ contents, loader: "js" }));
  },
};

build({
  absWorkingDir: __dirname,
  entryPoints: ["src/bin.ts"],
  outfile: "dist/bridge.cjs",
  bundle: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  // The template's own settings are another Node's.
  tsconfigRaw: "{}",
  logLevel: "warning",
  banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { "import.meta.url": "bundleUrl" },
  plugins: [wasm, withoutUnused],
}).catch(() => process.exit(1));
