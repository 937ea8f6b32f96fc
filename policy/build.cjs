#!/usr/bin/env node
// Writes the pack as it is published: one file without this repository around it, for any stack of any organization.
const { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { buildSync } = require("esbuild");

const HELP = `Usage: npm run policy:build [-- FOLDER]

Writes the policy pack to a folder (default: dist/policy), which needs nothing else of this repository:

  cd dist/policy && npm install
  pulumi policy publish ORGANIZATION
  pulumi preview --policy-pack dist/policy --policy-pack-config dist/policy/config/prod.json

Exit codes: 0 written; 1 not.
`;

const root = path.join(__dirname, "..");
const read = (...parts) => readFileSync(path.join(root, ...parts), "utf8");

function build(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, "config"), { recursive: true });
  buildSync({
    entryPoints: [path.join(__dirname, "index.ts")],
    outfile: path.join(folder, "index.js"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["@pulumi/*"],
    logLevel: "error",
  });

  const { dependencies, devDependencies } = JSON.parse(read("package.json"));
  const manifest = JSON.parse(read("policy", "package.json"));
  delete manifest.private;
  const published = {
    ...manifest,
    main: "index.js",
    // The second one is what Pulumi starts the pack with; left to npm, it would be a release that asks for Node 22.
    dependencies: {
      "@pulumi/policy": devDependencies["@pulumi/policy"],
      "@pulumi/pulumi": dependencies["@pulumi/pulumi"],
    },
  };
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  const project = read("policy", "PulumiPolicy.yaml")
    .replace(/^ *#.*\n/gm, "")
    .replace("main: pack.cjs", "main: index.js");
  writeFileSync(path.join(folder, "PulumiPolicy.yaml"), project);
  for (const file of ["prod.json", "staging.json", "schema.json"]) {
    copyFileSync(path.join(__dirname, "config", file), path.join(folder, "config", file));
  }
  copyFileSync(path.join(root, "LICENSE"), path.join(folder, "LICENSE"));
  writeFileSync(path.join(folder, "README.md"), readme(manifest));
}

function readme({ version, description }) {
  return `# openclaw-policy ${version}

${description}. Works on any stack: a rule that finds nothing of its kind has nothing to say.

\`\`\`sh
npm install
pulumi preview --policy-pack . --policy-pack-config config/prod.json   # in a project: the path to this folder
pulumi policy publish ORGANIZATION
pulumi policy analyze --file state.json --policy-pack . --policy-pack-config config/prod.json
\`\`\`

\`config/prod.json\` and \`config/staging.json\` are the settings of two environments; \`config/schema.json\` says what a
configuration may hold: for each rule its level, its settings, and exceptions with a reason and their last day.

A missing value breaks a rule. A value that is not known before a resource is made gives an advisory that names it; run the
preview again once it is known.
`;
}

const [folder] = process.argv.slice(2);
if (folder === "--help") process.stdout.write(HELP);
else build(path.resolve(folder ?? path.join(root, "dist", "policy")));
