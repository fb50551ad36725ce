import { ok } from "node:assert/strict";
import { ScpError, ScpLimitError, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { ScpFatalError, ScpIncompleteError } from "@scpkit/core";

/** Asserts that an engine failed with a documented error. */
export function checkEngineError(error: unknown): ScpError {
  const kinds = [ScpIncompleteError, ScpProtocolError, ScpPeerError, ScpLimitError, ScpFatalError];
  if (!(error instanceof ScpError) || !kinds.some((kind) => error instanceof kind)) throw error;
  ok(
    error.message.length > 0 && !/[\0-\x08\x0b-\x1f\x7f]/.test(error.message),
    "Control characters in the message of an error",
  );
  return error;
}
