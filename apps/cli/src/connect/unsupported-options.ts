import { ScpConnectionError, type ScpConnectionErrorCode } from "@scpkit/core";
import type { ConnectionStep, ResolvedHost, UnsupportedKeyword } from "@scpkit/openssh";
import { withHint } from "./connection-hint.ts";

/** The step of a connection at which each error happens, where another way could have led further. */
const steps: Readonly<Partial<Record<ScpConnectionErrorCode, ConnectionStep>>> = {
  "name-not-found": "connection",
  refused: "connection",
  unreachable: "connection",
  "timed-out": "connection",
  "host-key-unknown": "host-key",
  "host-key-changed": "host-key",
  authentication: "login",
};

/** Describes a keyword of ssh_config that has no effect, for `-v`. */
export function describeUnsupported({ keyword, reason, file, line }: UnsupportedKeyword): string {
  return `${placeOf(file, line)}: ${keyword} has no effect: ${reason}`;
}

/** Adds the unsupported keywords of ssh_config that could have helped to the hint of a failed connection. */
export function nameUnsupportedOptions(error: unknown, { unsupported }: ResolvedHost): unknown {
  if (!(error instanceof ScpConnectionError)) return error;
  const step = steps[error.code];
  // Debian's ssh_config sets GSSAPIAuthentication for every host.
  const offered = error.authMethods;
  const missing = unsupported.filter(
    ({ step: needed, method = "" }) =>
      needed === step && (method === "" || offered === undefined || offered.includes(method)),
  );
  if (missing.length === 0) return error;
  const names = missing.map(({ keyword, file, line }) => `${keyword} (${placeOf(file, line)})`).join(", ");
  const hint = `${error.hint}. For ${names} use -S ssh, which connects with the system's ssh`;
  return withHint(error, hint);
}

function placeOf(file: string, line: number): string {
  return line === 0 ? "command line" : `${file} line ${line}`;
}
