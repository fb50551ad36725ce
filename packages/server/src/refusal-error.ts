import { ScpError } from "@scpkit/codec";

/** Which rule of the server refused. */
export type ScpRefusalCode =
  | "policy"
  | "quota"
  | "too-large"
  | "name"
  | "checksum"
  | "verdict"
  | "not-a-regular-file"
  | "ambiguous-target"
  | "upload-off"
  | "download-off"
  | "too-many-sessions"
  | "shutting-down"
  | "idle"
  | "home";

const brand = Symbol.for("scpkit.ScpRefusalError");

/**
 * The server refuses by one of its rules. Unlike that of any other error, its message is meant for the client: it is told as it is, behind the
 * path, so it must hold nothing that is nobody's business. Targets and entries of an embedder may throw it too.
 */
export class ScpRefusalError extends ScpError {
  static override readonly brand: symbol = brand;
  override readonly name = "ScpRefusalError";
  override readonly code: ScpRefusalCode;

  constructor(code: ScpRefusalCode, message: string, options?: ErrorOptions) {
    super(message, { ...options, stack: false });
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
  }
}
