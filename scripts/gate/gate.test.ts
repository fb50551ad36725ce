import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { chooseSteps } from "./choose-steps.mjs";
import { endStragglers, markName } from "./leftovers.mjs";
import { nodeTests } from "./node-tests.mjs";
import { countLine, failMissingPeers, formatFailure } from "./report.mjs";
import type { Context, Result } from "./result.mjs";
import { bunTests, denoTests, steps } from "./steps.mjs";

/** One test file per thing that may happen, and what the gate must count for it on every runtime. */
const cases: Record<string, { code: string; passed: number; failed: number; skipped: number }> = {
  "counts.test.ts": {
    code: `
      import { describe, it, test } from "node:test";
      describe("suite", () => {
        it("passes", () => {});
        it("passes too > with an arrow", async () => {});
        it("skips at run time", (t) => { t.skip("peer missing: nothing"); });
        it("skips from the start", { skip: "not here" }, () => {});
      });
      test("on its own", () => {});
      test("fails", () => { throw new Error("the reason"); });
    `,
    passed: 3,
    failed: 1,
    skipped: 2,
  },
  "after.test.ts": {
    code: `
      import assert from "node:assert/strict";
      import { describe, it, test } from "node:test";
      let cleaned = 0;
      describe("suite", () => {
        it("cleans up", (t) => { t.after(() => { cleaned += 1; }); });
        it("has cleaned up once", () => assert.equal(cleaned, 1));
      });
      test("cleans up too", (t) => { t.after(() => { cleaned += 1; }); });
      test("has cleaned up twice", () => assert.equal(cleaned, 2));
    `,
    passed: 4,
    failed: 0,
    skipped: 0,
  },
  "dies.test.ts": {
    code: `
      import { test } from "node:test";
      test("passes first", () => {});
      test("dies", async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        process.exit(3);
      });
    `,
    passed: 1,
    failed: 1,
    skipped: 0,
  },
  "empty.test.ts": { code: `console.log("no test at all");`, passed: 0, failed: 1, skipped: 0 },
  "load.test.ts": {
    code: `
      import { test } from "node:test";
      import("./nowhere.ts" as string).catch((error) => { throw error; });
      await import("./nowhere.ts" as string);
      test("never reached", () => {});
    `,
    passed: 0,
    failed: 1,
    skipped: 0,
  },
};

/** Ends with status 0 in the middle; only some runtimes can report which tests did not run, but all must report a failure. */
const quietEnd = `
  import { test } from "node:test";
  test("passes first", () => {});
  test("ends quietly", async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.exit(0);
  });
  test("never reached", () => {});
`;

let dir = "";
let context: Context;

before(() => {
  dir = mkdtempSync(join(tmpdir(), "scpkit-gate-test-"));
  writeFileSync(join(dir, "package.json"), `{ "type": "module" }`);
  for (const [name, { code }] of Object.entries(cases)) writeFileSync(join(dir, name), code);
  writeFileSync(join(dir, "quiet.test.ts"), quietEnd);
  const env = { NODE_TEST_CONTEXT: undefined };
  context = { ci: false, tempDir: dir, env, logFile: join(dir, "log"), skipReasons: new Map() };
});

after(() => rmSync(dir, { recursive: true, force: true }));

/** The counts per test file, without checks that concern no file. */
function tally(results: Result[], name: string) {
  const own = results.filter(({ file }) => file !== undefined && basename(file) === name);
  const count = (outcome: Result["outcome"]) => own.filter((result) => result.outcome === outcome).length;
  return { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
}

const runtimes = {
  node: (files: string[]) => nodeTests({ native: false, files }, context),
  bun: (files: string[]) => bunTests(files, context),
  deno: (files: string[]) => denoTests(files, context),
};

for (const [runtime, runTests] of Object.entries(runtimes)) {
  describe(`the gate on ${runtime}`, () => {
    let results: Result[] = [];

    before(async () => {
      results = await runTests([...Object.keys(cases), "quiet.test.ts"].map((name) => join(dir, name)));
    });

    for (const [name, { passed, failed, skipped }] of Object.entries(cases)) {
      it(`counts ${name} exactly`, () => {
        // Bun writes no report for a file that dies, so what had passed before is not known.
        const known = runtime === "bun" && name === "dies.test.ts" ? 0 : passed;
        assert.deepEqual(tally(results, name), { passed: known, failed, skipped });
      });
    }

    it("fails a file that ends with status 0 in the middle of a test", () => {
      assert.ok(tally(results, "quiet.test.ts").failed > 0);
    });

    it("knows why each test was skipped", () => {
      const own = results.filter(({ file, outcome }) => outcome === "skipped" && file?.endsWith("counts.test.ts"));
      const reasons = own.map(({ detail }) => detail);
      assert.deepEqual(reasons.sort(), ["not here", "peer missing: nothing"]);
    });

    it("shows the reason of a failure", () => {
      const failure = results.find(({ name }) => name === "fails");
      assert.ok(failure !== undefined && formatFailure(failure).includes("the reason"));
    });

    it("fails when there is no test file", async () => {
      const none = await runTests([]);
      assert.deepEqual(
        none.map(({ outcome }) => outcome),
        ["failed"],
      );
    });
  });
}

describe("figures", () => {
  it("are what tests report, without the runner's own", async () => {
    const file = join(dir, "figures.test.ts");
    const test = `it("counts", (t) => t.diagnostic("3 of 4 counted"));`;
    writeFileSync(file, `import { describe, it } from "node:test";\ndescribe("suite", () => { ${test} });\n`);
    const figures: string[] = [];
    const results = await nodeTests({ native: false, files: [file] }, { ...context, figures });
    assert.equal(countLine(results), "1 passed, 0 failed, 0 skipped");
    assert.deepEqual(figures, ["3 of 4 counted"]);
  });
});

describe("the report", () => {
  it("ends with the counts", () => {
    const results: Result[] = [
      { name: "a", outcome: "passed" },
      { name: "b", outcome: "skipped", detail: "peer missing: x" },
    ];
    assert.equal(countLine(results), "1 passed, 0 failed, 1 skipped");
    assert.equal(countLine(failMissingPeers(results)), "1 passed, 1 failed, 0 skipped");
  });
});

describe("the choice of steps", () => {
  const names = (options: Parameters<typeof chooseSteps>[1]) => chooseSteps(steps, options).map(({ name }) => name);

  it("includes every step in CI", () => {
    assert.deepEqual(
      names({ ci: true }),
      steps.map(({ name }) => name),
    );
  });

  it("includes this Node and all checks by default, but no other runtime", () => {
    const checks = ["install", "peers", "build", "lint", "types", "topology", "packages", "changeset", "snippets"];
    assert.deepEqual(names({}), [...checks, "node"]);
  });

  it("includes no peers with --quick, also in CI", () => {
    assert.deepEqual(names({ quick: true, ci: true }), ["install", "build", "lint", "types", "node"]);
  });

  it("includes a named step after install and build", () => {
    assert.deepEqual(names({ only: ["deno"] }), ["install", "build", "deno"]);
  });

  it("rejects a step that does not exist", () => {
    assert.throws(() => names({ only: ["deno", "nowhere"] }), /^Error: No such step: nowhere;/);
  });
});

describe("leftovers", () => {
  it("finds and ends a process that left its parent and its group", {
    skip: process.platform !== "linux",
  }, async () => {
    const env = { ...process.env, [markName]: "a-mark-of-its-own" };
    spawnSync("setsid", ["-f", "sleep", "300"], { env, stdio: "ignore" });
    const ended = await endStragglers("a-mark-of-its-own");
    assert.deepEqual(
      ended.map(({ command }) => command),
      ["sleep 300"],
    );
    assert.deepEqual(await endStragglers("a-mark-of-its-own"), []);
  });
});
