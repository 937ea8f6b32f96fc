// As the plan runs: bundled in memory. The first argument is the file whose `main` is called with the others.
const [file] = process.argv.splice(2, 1);
require("../plan/bundle.cjs").run(require("node:path").join(__dirname, file));
