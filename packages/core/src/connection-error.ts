import { ScpError } from "@scpkit/codec";

/**
 * What went wrong between this side and the peer's command. `closed`: this side closed the connection; `lost`: anything else did.
 * `no-remote-scp`: the peer's shell found no scp, or the account may only use SFTP. `command-failed`: any other exit status.
 */
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
  | "closed"
  | "command-failed"
  | "no-remote-scp"
  | "spawn-failed"
  | "handshake";

/** The connection could not be made, or was lost. `message` describes what happened, `hint` what to try. */
export class ScpConnectionError extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpConnectionError");
  override readonly name = "ScpConnectionError";
  override readonly code: ScpConnectionErrorCode;
  /** One sentence of what to try next. */
  readonly hint: string;

  /** Exit status of the remote command, where it ended with one. */
  readonly exitCode: number | undefined;
  /** The end of what the remote command wrote to standard error, at most 4 KiB. Escape it before it reaches a terminal. */
  readonly stderr: string;
  /** Login methods that the server accepts, by their names in SSH. Known for `authentication` after the server's first answer. */
  readonly authMethods: readonly string[] | undefined;

  constructor(
    code: ScpConnectionErrorCode,
    message: string,
    hint: string,
    options?: ErrorOptions & Partial<Pick<ScpConnectionError, "exitCode" | "stderr" | "authMethods">>,
  ) {
    super(message, options);
    this.exitCode = options?.exitCode;
    this.stderr = options?.stderr ?? "";
    this.authMethods = options?.authMethods;
    this.code = code;
    this.hint = hint;
  }
}
