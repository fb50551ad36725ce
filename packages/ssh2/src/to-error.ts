/** Returns `thrown` itself if it is an error, otherwise an error with its text. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
