// What Pulumi starts for `--policy-pack policy`. The sources are bundled in memory in a twentieth of a second; Pulumi would check their
// types at every start, twice for each `pulumi up`, for seconds.
require("../plan/bundle.cjs").load(require("node:path").join(__dirname, "index.ts"));
