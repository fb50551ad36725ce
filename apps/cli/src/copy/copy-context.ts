import type { ScpObserver, ScpTransport } from "@scpkit/core";
import type { ScpkitOptions } from "../command-line/parse.ts";
import type { SecondTransport } from "../connect/connection-pool.ts";
import type { RemoteOperand } from "../operands/operand.ts";
import type { ProgressView } from "../progress/output.ts";
import type { Prompter } from "../prompt/prompter.ts";
import type { RunTotal } from "./run-total.ts";

/** What all parts of one copy share. */
export interface CopyContext {
  readonly options: ScpkitOptions;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  readonly prompter: Prompter;
  readonly view: ProgressView;
  /** Adds up the files and bytes to copy, for the view. */
  readonly total: RunTotal;
  /** The `onEvent` of every transfer. */
  readonly observe: ScpObserver;
  /** Prints text and a newline to standard error. The caller escapes what comes from the peer. */
  readonly printError: (text: string) => void;
  /** Like {@link printError}, but prints the same text only once. */
  readonly printErrorOnce: (text: string) => void;
  /** Like {@link printError}, but only with `-v`. */
  readonly debug: (text: string) => void;
  /**
   * Connects to the operand's host. Operands with the same host, user and port share the connection.
   *
   * @param role `second`: a program of `-S` that runs beside another one and must not prompt. @default "first"
   */
  readonly transportFor: (operand: RemoteOperand, role?: "first" | "second") => Promise<ScpTransport>;
  /**
   * Opens a second connection to the operand's host as soon as it is known to be worthwhile. It logs in after the first one and does
   * not prompt. Returns `undefined` if it is not worthwhile, or if every command has its own connection.
   *
   * @param isWorthwhile receives the time until the server's first answer, in ms
   */
  readonly secondTransportFor: (
    operand: RemoteOperand,
    isWorthwhile: (answeredMs: number) => Promise<boolean>,
  ) => Promise<SecondTransport | undefined>;
  /** Limits one direction of `transport` to the rate of `-l`, which all transfers share. */
  readonly limited: (transport: ScpTransport, direction: "upload" | "download") => ScpTransport;
  /** Receives what a remote command writes to its standard error. */
  readonly onStderr: (chunk: Uint8Array) => void;
}
