import { causeOfErrno } from "@scpkit/codec";

/**
 * Returns the code of any error of a transfer. An `errno` name of this side (`ENOSPC`) has the code that the same words of a peer have
 * (`no-space`), so that one switch serves both directions.
 *
 * @returns `undefined` for an error without a code
 */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error) || typeof error.code !== "string")
    return undefined;
  return causeOfErrno(error.code) ?? error.code;
}
