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

/** The client's schema registry, which nobody here asks: four megabytes at run time. */
const withoutRegistry = {
  name: "without-registry",
  setup({ onLoad }) {
    onLoad(
      { filter: /[\\/]@platformatic[\\/]kafka[\\/]dist[\\/]registries[\\/]confluent-schema-registry\.js$/ },
      () => ({
        contents: "export class ConfluentSchemaRegistry {}",
        loader: "js",
      }),
    );
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
  plugins: [wasm, withoutRegistry],
}).catch(() => process.exit(1));
