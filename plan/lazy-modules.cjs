// At start @pulumi/pulumi loads what a plan never uses: the TypeScript compiler and npm's dependency solver, for serializing functions
// into lambdas and finding packages, and its automation API; @pulumi/kubernetes loads what finds files of YAML. Loading them on first
// use halves the time until the program runs.
const Module = require("node:module");

const HEAVY = new Set([
  "typescript",
  "@npmcli/arborist",
  "./automation",
  "glob",
  "@grpc/grpc-js",
  "@opentelemetry/api",
]);
/** Clients of Pulumi's engine, which is in this process. */
const CLIENT = /\/proto\/\w+_grpc_pb(\.js)?$/;
/** Modules whose functions others copy at start: each is loaded when one of them is called. */
const FUNCTIONS = new Set(["./closure/codePaths", "./closure/serializeClosure"]);
const load = Module._load;

Module._load = function (request, ...rest) {
  if (!HEAVY.has(request) && !FUNCTIONS.has(request) && !CLIENT.test(request)) return load.call(this, request, ...rest);
  let loaded;
  const real = () => (loaded ??= load.call(this, request, ...rest));
  if (FUNCTIONS.has(request)) {
    return new Proxy(
      {},
      {
        get:
          (_target, key) =>
          (...args) =>
            Reflect.get(real(), key)(...args),
      },
    );
  }
  return new Proxy(function () {}, {
    // Compiled imports copy a module's members unless it calls itself an ES module; copying would load it.
    get: (_target, key) => (key === "__esModule" ? true : key === "default" ? real() : Reflect.get(real(), key)),
    has: (_target, key) => Reflect.has(real(), key),
    apply: (_target, self, args) => Reflect.apply(real(), self, args),
    construct: (_target, args) => Reflect.construct(real(), args),
  });
};
