import type { ScpTransport } from "@scpkit/channel";
import type { Operand } from "./operand.ts";
import type { ScpkitOptions } from "./options.ts";
import type { ProgressView } from "./progress-view.ts";
import type { Prompter } from "./terminal-prompt.ts";

export type RemoteOperand = Extract<Operand, { readonly type: "remote" }>;

/** What every part of one run of the command shares. */
export interface CopySession {
  readonly options: ScpkitOptions;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  readonly prompter: Prompter;
  readonly view: ProgressView;
  /** Shows text on standard error, a newline added. What the peer worded is escaped by the caller. */
  readonly say: (text: string) => void;
  /** As {@link say}, with `-v` only. */
  readonly debug: (text: string) => void;
  /** Shows what went wrong and makes the exit status 1. */
  readonly fail: (error: unknown, where?: RemoteOperand) => void;
  /** A connection to the operand's host; operands of the same host, user and port share it. */
  readonly transportFor: (operand: RemoteOperand) => Promise<ScpTransport>;
  /** Receives what a remote command writes to its standard error. */
  readonly onStderr: (chunk: Uint8Array) => void;
}
