import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ScpTransferEvent, ScpTransferredEntry } from "@scpkit/core";
import { RunTotal, reportSingleFile } from "../src/copy/run-total.ts";
import type { ProgressTotal } from "../src/progress/tracker.ts";

describe("RunTotal", () => {
  it("adds up the parts, and is complete when all sources are", () => {
    const reported: ProgressTotal[] = [];
    const total = new RunTotal(3, (sum) => reported.push(sum));
    const two = total.part(2);
    const one = total.part();
    two({ files: 5, bytes: 50, complete: false });
    two({ files: 9, bytes: 90, complete: true });
    one({ files: 1, bytes: 7, complete: true });
    assert.deepEqual(reported, [
      { files: 5, bytes: 50, complete: false },
      { files: 9, bytes: 90, complete: false },
      { files: 10, bytes: 97, complete: true },
    ]);
  });
});

describe("reportSingleFile", () => {
  function reported(path: string, type: ScpTransferredEntry["type"], name: string): ProgressTotal | undefined {
    let total: ProgressTotal | undefined;
    const events: ScpTransferEvent[] = [];
    const report = (one: ProgressTotal): void => {
      total = one;
    };
    const observe = reportSingleFile(path, report, (event) => events.push(event));
    observe({ type: "start", entry: { type, path: name, size: 12 } });
    assert.equal(events.length, 1);
    return total;
  }

  it("knows the total of one file, and of nothing that may be more", () => {
    const one = { files: 1, bytes: 12, complete: true };
    assert.deepEqual(reported("/srv/é_f", "file", "f"), one);
    assert.deepEqual(reported("~/f", "file", "f"), one);
    for (const path of ["*.log", "a b", "{a,b}", "$x", "'f'", "f?", "[ab]", ""]) {
      assert.equal(reported(path, "file", "f"), undefined, path);
    }
    assert.equal(reported("d", "directory", "d"), undefined);
    assert.equal(reported("d", "file", "d/f"), undefined);
  });
});
