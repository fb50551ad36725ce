import { ScpLimitError, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { ScpConnectionError } from "@scpkit/core";
import type { ScpRelaySide } from "./options.ts";

const ends = new WeakMap<object, ScpRelaySide>();

/**
 * At which end of a relay an error happened, for what `relay` rejects with and for the `error` of each failure in a summary or an event.
 *
 * @returns `undefined`: at neither, but in this process; or it is no error of a relay
 */
export function relaySideOf(error: unknown): ScpRelaySide | undefined {
  return typeof error === "object" && error !== null ? ends.get(error) : undefined;
}

/** Remembers at which end an error happened. */
export function markEnd(error: unknown, end: ScpRelaySide): void {
  if (typeof error === "object" && error !== null) ends.set(error, end);
}

/** The same error, saying at which end it happened. What is not about a peer stays as it is. */
export function atEnd(error: unknown, end: ScpRelaySide): unknown {
  const told = withMessage(error, (message) => `At the ${end}: ${message}`);
  if (told !== undefined) markEnd(told, end);
  return told ?? error;
}

function withMessage(error: unknown, tell: (message: string) => string): Error | undefined {
  if (error instanceof ScpConnectionError) {
    return new ScpConnectionError(error.code, tell(error.message), error.hint, {
      cause: error,
      exitCode: error.exitCode,
      stderr: error.stderr,
      authMethods: error.authMethods,
    });
  }
  if (error instanceof ScpProtocolError) {
    return new ScpProtocolError(error.code, tell(error.message), {
      cause: error,
      line: error.line,
      noise: error.noise,
    });
  }
  if (error instanceof ScpLimitError) {
    return new ScpLimitError(error.code, error.limit, tell(error.message), { cause: error });
  }
  if (!(error instanceof ScpPeerError)) return undefined;
  const told = new ScpPeerError(error.severity, error.peerMessage);
  told.message = tell(told.message);
  return told;
}
