import { ScpError } from "@scpkit/codec";

/** Identifies the server rule that rejected an entry or a command. */
export type ScpRefusalCode =
  | "policy"
  | "quota"
  | "too-large"
  | "name"
  | "checksum"
  | "scan"
  | "not-a-regular-file"
  | "ambiguous-target"
  | "upload-off"
  | "download-off"
  | "too-many-sessions"
  | "shutting-down"
  | "idle"
  | "home";

/**
 * Thrown if a rule of the server rejects an entry or a command. Its message is sent to the client unchanged, after the
 * path, so it must not contain confidential data. Messages of other errors are not sent. Targets and entries of an
 * embedder may throw it too.
 */
export class ScpRefusalError extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpRefusalError");
  override readonly name = "ScpRefusalError";
  override readonly code: ScpRefusalCode;

  constructor(code: ScpRefusalCode, message: string, options?: ErrorOptions) {
    super(message, { ...options, stack: false });
    this.code = code;
  }
}
