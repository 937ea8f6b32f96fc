// As the plan runs: bundled in memory.
require("../plan/bundle.cjs").run(require("node:path").join(__dirname, "policies.ts"));
