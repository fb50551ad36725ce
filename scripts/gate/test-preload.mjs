// Loaded before the tests on Bun and Deno, and makes up for what their node:test lacks.
import { appendFileSync } from "node:fs";
import { afterEach, beforeEach } from "node:test";

const patched = new WeakSet();

// Bun's report leaves out why a test was skipped, and Deno's calls a test passed that skipped itself: write it down.
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

// Deno 2.9 never calls what `t.after` was given in an `it` inside a `describe`. Its own method does so at most once.
afterEach(async (context) => {
  if ("_runAfterHooksOnce" in context && typeof context._runAfterHooksOnce === "function") {
    await context._runAfterHooksOnce();
  }
});
