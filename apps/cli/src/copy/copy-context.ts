import type { ScpObserver, ScpTransport } from "@scpkit/core";
import type { ScpkitOptions } from "../command-line/parse.ts";
import type { SecondTransport } from "../connect/connection-pool.ts";
import type { RemoteOperand } from "../operands/operand.ts";
import type { ProgressView } from "../progress/output.ts";
import type { Prompter } from "../prompt/prompter.ts";
import type { RunTotal } from "./run-total.ts";

/** What every part of one run of the command shares. */
export interface CopyContext {
  readonly options: ScpkitOptions;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  readonly prompter: Prompter;
  readonly view: ProgressView;
  /** Adds up the files and bytes to copy, for the view. */
  readonly total: RunTotal;
  /** To be given to every transfer as its `onEvent`. */
  readonly observe: ScpObserver;
  /** Shows text on standard error, a newline added. What the peer worded is escaped by the caller. */
  readonly printError: (text: string) => void;
  /** As {@link printError}, unless the same text was shown before in this run. */
  readonly printErrorOnce: (text: string) => void;
  /** As {@link printError}, with `-v` only. */
  readonly debug: (text: string) => void;
  /**
   * A connection to the operand's host; operands of the same host, user and port share it.
   *
   * @param role `second`: one of two programs of `-S` at a time, which leaves questions to the first. @default "first"
   */
  readonly transportFor: (operand: RemoteOperand, role?: "first" | "second") => Promise<ScpTransport>;
  /**
   * A second connection to the operand's host, begun as early as it shows to pay: it asks nothing, and logs in after the first. Absent
   * where every command has a connection of its own.
   *
   * @param isWorthwhile told how long the server took to its first answer, in ms
   */
  readonly secondTransportFor: (
    operand: RemoteOperand,
    isWorthwhile: (answeredMs: number) => Promise<boolean>,
  ) => Promise<SecondTransport | undefined>;
  /** `transport` with one direction slowed down to what `-l` says: one limit for all of the run. */
  readonly limited: (transport: ScpTransport, direction: "upload" | "download") => ScpTransport;
  /** Receives what a remote command writes to its standard error. */
  readonly onStderr: (chunk: Uint8Array) => void;
}
