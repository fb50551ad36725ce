import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpLimitError, ScpPeerError } from "@scpkit/codec";
import { TransferLog } from "../src/engine.ts";
import {
  ScpIncompleteError,
  type ScpTransferEvent,
  type ScpTransferredEntry,
  type ScpTransferSummary,
} from "../src/index.ts";

const file: ScpTransferredEntry = { type: "file", path: "d/a", size: 5 };
const directory: ScpTransferredEntry = { type: "directory", path: "d", size: 0 };

describe("TransferLog", () => {
  it("counts what has finished", () => {
    const log = new TransferLog(undefined, 10);
    log.start(directory);
    log.start(file);
    log.progress(file, 3);
    assert.deepEqual(log.conclude(), { files: 0, directories: 0, bytes: 0, failures: [], failureCount: 0 });
    log.finish(file);
    log.finish(directory);
    assert.deepEqual(log.conclude(), { files: 1, directories: 1, bytes: 5, failures: [], failureCount: 0 });
  });

  it("tells its observer at once, with the same label", () => {
    const events: ScpTransferEvent[] = [];
    const log = new TransferLog((event) => events.push(event), 10);
    const error = new Error("Permission denied");
    log.start(file);
    log.progress(file, 3);
    log.fail("d/b", "local", error);
    log.finish(file);
    assert.deepEqual(events, [
      { type: "start", entry: file },
      { type: "progress", entry: file, transferred: 3 },
      { type: "failure", failure: { path: "d/b", side: "local", error } },
      { type: "finish", entry: file },
    ]);
    assert.ok(events.every((event) => event.type === "failure" || event.entry === file));
  });

  it("concludes with all failures, in the order in which they were noticed", () => {
    const log = new TransferLog(undefined, 10);
    assert.equal(log.failed, false);
    log.finish(file);
    log.fail("d/b", "local", new Error("Permission denied"));
    log.failByPeer("", "warning", "scp: d/c: No such file or directory");
    assert.equal(log.failed, true);
    assert.throws(
      () => log.conclude(),
      (error) => {
        assert.ok(error instanceof ScpIncompleteError);
        assert.equal(error.message, 'The transfer is incomplete: 2 failures, the first for "d/b": Permission denied');
        assert.equal(error.summary.files, 1);
        assert.deepEqual(
          error.summary.failures.map(({ path, side }) => [path, side]),
          [
            ["d/b", "local"],
            ["", "peer"],
          ],
        );
        const [, second] = error.summary.failures;
        assert.ok(second?.error instanceof ScpPeerError && second.error.severity === "warning");
        return true;
      },
    );
  });

  it("escapes the path of a failure in its message", () => {
    const log = new TransferLog(undefined, 10);
    log.fail("a\u001b[31m\nb", "local", new Error("no"));
    assert.throws(
      () => log.conclude(),
      (error) => error instanceof Error && !/[\u001b\n]/.test(error.message),
    );
  });

  it("hands out summaries that do not change afterwards", () => {
    const log = new TransferLog(undefined, 10);
    log.fail("a", "local", new Error("one"));
    const summary: ScpTransferSummary = log.summary();
    log.fail("b", "local", new Error("two"));
    assert.equal(summary.failures.length, 1);
  });

  it("ends a transfer whose peer reports errors for ever", () => {
    const log = new TransferLog(undefined, 2);
    log.failByPeer("", "warning", "1");
    log.failByPeer("", "warning", "2");
    assert.throws(
      () => log.failByPeer("", "warning", "3"),
      (error) => error instanceof ScpLimitError && error.code === "limit-peer-errors" && error.limit === 2,
    );
    assert.equal(log.summary().failures.length, 2);
  });
});

describe("ScpIncompleteError", () => {
  it("escapes what the peer called the entry", () => {
    const log = new TransferLog(undefined, 10);
    log.fail("d/\u202Etxt.exe\x9b2J\x7f", "local", new Error("Permission denied"));
    assert.throws(
      () => log.conclude(),
      (error) =>
        error instanceof ScpIncompleteError &&
        error.message ===
          'The transfer is incomplete: 1 failure, the first for "d/\\342\\200\\256txt.exe\\302\\2332J\\177": Permission denied',
    );
  });
});
