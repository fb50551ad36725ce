import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { describeDifferential, runSinks, runSources } from "../src/differential/run-differential.ts";

const seed = 20_261_121;
const missing = spawnSync("scp", [], { stdio: "ignore" }).error !== undefined;

describe("The same bytes into OpenSSH's scp and into ours", () => {
  it("leave the same tree, or one that is known to differ", async (t) => {
    if (missing) return t.skip("peer missing: ssh");
    const report = await runSinks({ seed, sessions: 250, limitMs: 10_000 });
    t.diagnostic(describeDifferential("scp -t", report));
    assert.deepEqual(report.unknown, []);
    assert.ok(report.sessions > 20);
  });

  it("are answered with the same bytes, or as is known", async (t) => {
    if (missing) return t.skip("peer missing: ssh");
    const report = await runSources({ seed, sessions: 400, limitMs: 5_000 });
    t.diagnostic(describeDifferential("scp -f", report));
    assert.deepEqual(report.unknown, []);
    assert.ok(report.sessions > 20);
  });
});
