import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { findProgram } from "@scpkit/test-support/programs";
import { measure } from "../src/measure.ts";

function needsPython(t: TestContext): boolean {
  if (findProgram("python3", ["/usr/bin"]) !== undefined) return false;
  t.skip("peer missing: python3");
  return true;
}

const node = (program: string): string[] => [process.execPath, "-e", program];

describe("measure", () => {
  it("counts the processor time of children, and the memory of the largest", async (t) => {
    if (needsPython(t)) return;
    const busy = "const until = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < until);";
    const large = "Buffer.alloc(200 * 1024 * 1024, 1)";
    const quoted = `${process.execPath} -e '${busy}' | ${process.execPath} -e '${large}'`;
    const result = await measure({ argv: ["sh", "-c", quoted] }, { limitSeconds: 60 });
    assert.ok(result !== "limit");
    assert.ok(result.cpuSeconds >= 0.3, `${result.cpuSeconds}`);
    assert.ok(result.peakRssKiB >= 200 * 1024, `${result.peakRssKiB}`);
    assert.ok(result.seconds > 0.2);
  });

  it("does not count the memory of this process", async (t) => {
    if (needsPython(t)) return;
    const ballast = Buffer.alloc(300 * 1024 * 1024, 1);
    const result = await measure({ argv: ["true"] }, { limitSeconds: 60 });
    assert.ok(result !== "limit" && result.peakRssKiB < 100 * 1024, `${result !== "limit" && result.peakRssKiB}`);
    assert.equal(ballast.length, 300 * 1024 * 1024);
  });

  it("gives the environment that was asked for", async (t) => {
    if (needsPython(t)) return;
    const argv = node("process.exit(process.env.SCPKIT_BENCH_TEST === 'yes' ? 0 : 1)");
    await measure({ argv, env: { SCPKIT_BENCH_TEST: "yes" } }, { limitSeconds: 60 });
    await assert.rejects(measure({ argv }, { limitSeconds: 60 }), /ended with 1/);
  });

  it("says why a command failed", async (t) => {
    if (needsPython(t)) return;
    const argv = node("console.error('out of luck'); process.exit(3)");
    await assert.rejects(measure({ argv }, { limitSeconds: 60 }), /ended with 3: out of luck$/);
    await assert.rejects(measure({ argv: ["/nowhere/to/be/found"] }, { limitSeconds: 60 }), /Could not run/);
  });

  it("ends a command and its children at the limit", async (t) => {
    if (needsPython(t)) return;
    assert.equal(await measure({ argv: ["sh", "-c", "sleep 600 | sleep 600"] }, { limitSeconds: 0.3 }), "limit");
  });

  it("ends a command when it is told to", async (t) => {
    if (needsPython(t)) return;
    const abort = new AbortController();
    const running = measure({ argv: ["sleep", "600"] }, { limitSeconds: 60, signal: abort.signal });
    setTimeout(() => abort.abort(new Error("Enough")), 100);
    await assert.rejects(running, /Enough/);
    await assert.rejects(measure({ argv: ["true"] }, { limitSeconds: 60, signal: abort.signal }), /Enough/);
  });
});
