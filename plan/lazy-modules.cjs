// @pulumi/pulumi loads the TypeScript compiler and npm's dependency solver at start, for serializing functions into
// lambdas and for finding packages. A plan does neither: loading them on first use halves the time until the program runs.
const Module = require("node:module");

const HEAVY = new Set(["typescript", "@npmcli/arborist"]);
const load = Module._load;

Module._load = function (request, ...rest) {
  if (!HEAVY.has(request)) return load.call(this, request, ...rest);
  let loaded;
  const real = () => (loaded ??= load.call(this, request, ...rest));
  return new Proxy(function () {}, {
    // Compiled imports copy a module's members unless it calls itself an ES module; copying would load it.
    get: (_target, key) => (key === "__esModule" ? true : key === "default" ? real() : Reflect.get(real(), key)),
    has: (_target, key) => Reflect.has(real(), key),
    apply: (_target, self, args) => Reflect.apply(real(), self, args),
    construct: (_target, args) => Reflect.construct(real(), args),
  });
};
