import assert from "node:assert/strict";
import { ScpIncompleteError, type ScpTransferSummary } from "@scpkit/channel";
import { ScpPeerError } from "@scpkit/codec";

/** The summary of a transfer that must be incomplete. */
export async function incomplete(outcome: Promise<unknown>): Promise<ScpTransferSummary> {
  const error = await outcome.then(
    () => assert.fail("The transfer should have been incomplete"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ScpIncompleteError, String(error));
  return error.summary;
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
