// Preloaded into Node with --require. SCPKIT_BENCH_ADDON decides about ssh2's native addon:
// "none" hides it, anything else is the path of the one to load in its place.
const Module = require("node:module");

const choice = process.env.SCPKIT_BENCH_ADDON;
const load = Module._load;

Module._load = function (request, ...rest) {
  if (choice === undefined || !request.endsWith("/sshcrypto.node")) return load.call(this, request, ...rest);
  if (choice === "none") throw new Error("Hidden by the benchmark");
  return load.call(this, choice, ...rest);
};
