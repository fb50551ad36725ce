import assert from "node:assert/strict";
import { ScpPeerError } from "@scpkit/codec";
import { ScpIncompleteError, type ScpTransferSummary, summaryOf } from "@scpkit/core";

/** The summary of a transfer that must be incomplete. */
export async function incomplete(outcome: Promise<unknown>): Promise<ScpTransferSummary> {
  const error = await outcome.then(
    () => assert.fail("The transfer should have been incomplete"),
    (reason: unknown) => reason,
  );
  const summary = summaryOf(error);
  assert.ok(summary !== undefined, String(error));
  // A copy of one thing rejects with its own error, everything else with all failures.
  const { files, directories, failures, failureCount } = summary;
  if (failureCount === 1 && files + directories === 0) assert.equal(error, failures[0]?.error);
  else assert.ok(error instanceof ScpIncompleteError, String(error));
  return summary;
}

/** `[path, side, words]` of each failure, sorted. */
export function told({ failures }: ScpTransferSummary): string[][] {
  return failures
    .map(({ path, side, error }) => {
      const words = error instanceof ScpPeerError ? error.peerMessage : error instanceof Error ? error.message : "";
      return [path, side, words];
    })
    .sort();
}
