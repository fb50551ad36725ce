import { ScpError } from "@scpkit/codec";

/** What went wrong between this side and the peer's command. */
export type ScpConnectionErrorCode =
  | "refused"
  | "unreachable"
  | "name-not-found"
  | "timed-out"
  | "host-key-unknown"
  | "host-key-changed"
  | "host-key-revoked"
  | "authentication"
  | "channel-refused"
  | "lost"
  | "command-failed"
  | "spawn-failed"
  | "handshake";

const brand = Symbol.for("scpkit.ScpConnectionError");

/** The connection could not be made, or was lost. `message` tells what happened, `hint` what to try. */
export class ScpConnectionError extends ScpError {
  static override readonly brand: symbol = brand;
  override readonly name = "ScpConnectionError";
  override readonly code: ScpConnectionErrorCode;
  /** One sentence of what to try next. */
  readonly hint: string;

  constructor(code: ScpConnectionErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
    Object.defineProperty(this, brand, { value: true });
  }
}
