import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { describeReport } from "../src/describe-report.ts";
import { readCorpus } from "../src/input/corpus.ts";
import { runTarget } from "../src/run-target.ts";
import { targetNames } from "../src/targets.ts";

/** Inputs made of the corpus: as many as take a second or two on a machine that has nothing else to do. */
const runs: Readonly<Record<string, number>> = {
  "known-hosts": 1_000,
  "parse-command": 30_000,
  "record-decoder": 4_000,
  "reply-decoder": 6_000,
  "sink-engine": 3_000,
  "source-engine": 2_000,
  "ssh-config": 800,
  "winscp-shell": 1_500,
};
const seed = 20_261_121;

describe("Coverage-guided fuzzing", () => {
  for (const name of targetNames) {
    it(`finds nothing in ${name}`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), "scpkit-fuzz-"));
      process.env.SCPKIT_FUZZ_FOLDER = folder;
      try {
        const bundles = join(folder, "bundles");
        const report = await runTarget(name, { folder: bundles, seed, runs: runs[name] ?? 1_000, limitMs: 8_000 });
        t.diagnostic(describeReport(name, report));
        assert.equal(report.finding, undefined, describeReport(name, report));
        assert.ok(report.inputs >= readCorpus(name, "corpus").length, "The corpus was not tried");
        assert.ok(report.reached > 50, "Nothing was reached");
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
