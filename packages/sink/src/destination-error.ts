import { escapeText, ScpError } from "@scpkit/codec";

/**
 * Why a path cannot be a destination: the errno name that OpenSSH's scp would meet, or `outside-root` when the path leads out of the root
 * of the storage.
 */
export type ScpDestinationErrorCode = "ENOENT" | "ENOTDIR" | "EISDIR" | "outside-root";

const texts: Readonly<Record<ScpDestinationErrorCode, string>> = {
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  "outside-root": "The path leads out of the root",
};

/** A path cannot be the destination of a transfer. The message reads like OpenSSH's: `inbox: Not a directory`. */
export class ScpDestinationError extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpDestinationError");
  override readonly name = "ScpDestinationError";
  override readonly code: ScpDestinationErrorCode;

  /** @param path as the peer wrote it; control characters are escaped in the message */
  constructor(path: string, code: ScpDestinationErrorCode, options?: ErrorOptions) {
    super(`${escapeText(path)}: ${texts[code]}`, options);
    this.code = code;
  }
}
