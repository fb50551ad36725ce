import type { OptionKinds } from "@scpkit/codec";
import type { ScpExit, ScpLimits, ScpObserver } from "@scpkit/core";
import { limitsKind } from "@scpkit/core/engine";

/** Options of `sendEntries`. */
export interface ScpSendOptions {
  /** Whether times are sent (`-p`). Entries without times are sent without. @default false */
  readonly preserve?: boolean | undefined;
  /**
   * Whether the peer is known to answer every record exactly once, as OpenSSH does since 8.3. Older sinks and dropbear can answer one
   * file with two errors. Without times between two files, the second error looks like the rejection of the next file. If this is
   * `false`, a file without times waits for the reply to the file before it.
   * @default false
   */
  readonly answersOnce?: boolean | undefined;
  /**
   * Whether to wait until the peer closes its side after the last reply, so that late errors are noticed. A server that answers `scp -f`
   * does not wait, because its client waits for the exit status.
   * @default true
   */
  readonly waitForClose?: boolean | undefined;
  /**
   * Whether several records are sent together, up to one whose reply decides about the next bytes. `false`: each record is sent alone, after
   * the reply to the one before, as OpenSSH does. Some peers treat all bytes that arrive together as one record (python3-scp).
   * @default true; false in a server towards a client it does not know
   */
  readonly batch?: boolean | undefined;
  /**
   * Whether the peer keeps replying after the end of its input. The end is then sent together with the last record, a round trip
   * earlier. Otherwise it is sent after the last reply, as scp(1) does.
   * @default false; in `upload` the result of `allowsHalfClose` for the transport
   */
  readonly halfClose?: boolean | undefined;
  /**
   * Whether a body that is longer than its announced size is cut there and counts as sent, for example a log that grows. Otherwise such a
   * file is a failure.
   * @default false
   */
  readonly allowGrowth?: boolean | undefined;
  /** Limits on what the peer can make this side do. Limits that are left out keep the value of `clientLimits`. */
  readonly limits?: Partial<ScpLimits> | undefined;
  /** Ends the transfer; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every start, progress, finish and failure. */
  readonly onEvent?: ScpObserver | undefined;
  /**
   * Returns the message that the peer gets for an error of this side.
   * @default a generic message without details
   */
  readonly describeError?: ((error: unknown, path: string) => string) | undefined;
}

/** What the options of {@link ScpSendOptions} take. */
export const sendOptionKinds: OptionKinds<ScpSendOptions> = {
  preserve: "boolean",
  answersOnce: "boolean",
  waitForClose: "boolean",
  batch: "boolean",
  halfClose: "boolean",
  allowGrowth: "boolean",
  limits: limitsKind,
  signal: "signal",
  onEvent: "function",
  describeError: "function",
};

/** Options of `ScpLane`. */
export interface ScpLaneOptions extends ScpSendOptions {
  /** The end of the remote command that the lane talks to. @default the peer is not a command */
  readonly closed?: Promise<ScpExit> | undefined;
}
