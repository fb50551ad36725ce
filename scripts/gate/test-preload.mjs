// Loaded before the tests on Bun and Deno: writes down each `t.skip(reason)`. Bun's report leaves the reason out, and
// Deno's calls such a test passed.
import { appendFileSync } from "node:fs";
import { beforeEach } from "node:test";

const patched = new WeakSet();

beforeEach((context) => {
  const prototype = Object.getPrototypeOf(context);
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const skip = prototype.skip;
  prototype.skip = function (/** @type {string | undefined} */ reason) {
    const file = process.env.SCPKIT_GATE_SKIPS;
    if (file !== undefined) appendFileSync(file, `${JSON.stringify({ name: this.name, reason: reason ?? "" })}\n`);
    return skip.call(this, reason);
  };
});
