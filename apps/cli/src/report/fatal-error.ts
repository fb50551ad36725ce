/** Ends the whole run with status 255, where OpenSSH's scp calls `fatal()`. */
export class FatalError extends Error {
  override readonly name: string = "FatalError";
}
