import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpPeerError } from "@scpkit/codec";
import { TransferLog, unwrapSingleFailure } from "../src/engine.ts";
import { ScpIncompleteError, type ScpTransferredEntry, type ScpTransferSummary, summaryOf } from "../src/index.ts";

const noSpace = new ScpPeerError("warning", "scp: a: No space left on device");
const file: ScpTransferredEntry = { type: "file", path: "b", size: 5 };
const directory: ScpTransferredEntry = { type: "directory", path: "d", size: 0 };

async function outcome(...steps: readonly ((log: TransferLog) => void)[]): Promise<unknown> {
  const log = new TransferLog(undefined, 10);
  for (const step of steps) step(log);
  const transfer = (async (): Promise<ScpTransferSummary> => log.conclude())();
  return await unwrapSingleFailure(transfer).catch((error: unknown) => error);
}

const fail = (log: TransferLog): void => log.fail("a", "peer", noSpace);

describe("A transfer with one failure", () => {
  it("that copied nothing rejects with the error of the failure, whose code is the cause", async () => {
    const error = await outcome(fail);
    assert.equal(error, noSpace);
    assert.equal(noSpace.code, "no-space");
    assert.deepEqual(summaryOf(error), {
      files: 0,
      directories: 0,
      bytes: 0,
      failures: [{ path: "a", side: "peer", error: noSpace }],
      failureCount: 1,
    });
  });

  it("that copied something else, or failed twice, rejects with all failures", async () => {
    for (const more of [fail, (log: TransferLog) => log.finish(file), (log: TransferLog) => log.finish(directory)]) {
      const error = await outcome(fail, more);
      assert.ok(error instanceof ScpIncompleteError);
      assert.equal(summaryOf(error), error.summary);
    }
  });

  it("rejects with an ScpIncompleteError where the failure is no Error", async () => {
    const error = await outcome((log) => log.fail("a", "local", "a string"));
    assert.ok(error instanceof ScpIncompleteError && error.summary.failures[0]?.error === "a string");
  });

  it("leaves other outcomes as they are", async () => {
    assert.deepEqual(await outcome((log) => log.finish(file)), {
      files: 1,
      directories: 0,
      bytes: 5,
      failures: [],
      failureCount: 0,
    });
    const lost = new Error("lost");
    await assert.rejects(unwrapSingleFailure(Promise.reject(lost)), lost);
    assert.equal(summaryOf(lost), undefined);
    assert.equal(summaryOf("lost"), undefined);
  });
});
