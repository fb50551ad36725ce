import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpPeerError } from "@scpkit/codec";
import { FailureList, TransferLog } from "../src/engine.ts";
import { ScpIncompleteError } from "../src/index.ts";

describe("FailureList", () => {
  it("keeps the first thousand failures and counts all", () => {
    const list = new FailureList();
    for (let index = 0; index < 5000; index += 1) list.add({ path: `${index}`, side: "local", error: "no" });
    assert.equal(list.count, 5000);
    assert.deepEqual(
      list.kept.map(({ path }) => path),
      Array.from({ length: 1000 }, (_, index) => `${index}`),
    );
  });

  it("keeps fewer when their words are long, and none after one that was left out", () => {
    const list = new FailureList();
    for (let index = 0; index < 300; index += 1) {
      list.add({ path: "x".repeat(4000), side: "peer", error: new ScpPeerError("warning", "y".repeat(8000)) });
    }
    const kept = list.kept.length;
    assert.ok(kept > 0 && kept < 300);
    list.add({ path: "short", side: "local", error: "no" });
    assert.equal(list.kept.length, kept);
    assert.equal(list.count, 301);
  });
});

describe("TransferLog", () => {
  it("concludes with the first failures and the number of all of them", () => {
    const log = new TransferLog(undefined, Number.POSITIVE_INFINITY);
    for (let index = 0; index < 3000; index += 1) log.failByPeer("", "warning", `${index}`);
    assert.equal(log.failed, true);
    assert.throws(
      () => log.conclude(),
      (error) => {
        assert.ok(error instanceof ScpIncompleteError);
        assert.match(error.message, /^The transfer is incomplete: 3000 failures, the first /);
        assert.deepEqual([error.summary.failures.length, error.summary.failureCount], [1000, 3000]);
        return true;
      },
    );
  });
});

describe("errors that a peer causes at will", () => {
  it("record no stack, and leave stacks of other errors alone", () => {
    assert.doesNotMatch(new ScpPeerError("warning", "no").stack ?? "", /failure-list\.test/);
    assert.match(new Error("own").stack ?? "", /failure-list\.test/);
  });
});
