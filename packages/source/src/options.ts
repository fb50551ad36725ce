import type { ScpExit, ScpLimits, ScpObserver } from "@scpkit/channel";

/** Options of `sendEntries`. */
export interface ScpSendOptions {
  /** Whether times are sent (`-p`). Entries without times are sent without. @default false */
  readonly preserve?: boolean | undefined;
  /**
   * The peer is known to answer every record exactly once, as OpenSSH does since 8.3. Older sinks and dropbear can answer one file
   * with two errors; without times between two files the second looks like a refusal of the next file. Towards such
   * peers a file without times therefore waits for the answer to the one before it.
   * @default false
   */
  readonly answersOnce?: boolean | undefined;
  /**
   * Whether to wait, when all is sent and answered, until the peer closes its side: late errors are then still noticed.
   * A server answering `scp -f` does not wait: its client waits for the exit status.
   * @default true
   */
  readonly waitForClose?: boolean | undefined;
  /**
   * Whether records leave together, each batch ending in one whose answer decides what follows. `false`: each record leaves alone and is
   * answered before the next, as OpenSSH sends them; for peers that take what arrives at once for one record (python3-scp).
   * @default true; false in a server towards a client it does not know
   */
  readonly batch?: boolean | undefined;
  /**
   * Whether the peer keeps replying after the end of its input. The end then leaves together with the last record, a round trip earlier.
   * Otherwise it leaves after the last reply, as scp(1) sends it.
   * @default false; in `upload` what `allowsHalfClose` says of the transport
   */
  readonly halfClose?: boolean | undefined;
  /**
   * A body that is longer than its announced size is cut there and counts as sent, as for a log that grows meanwhile. Otherwise such a file is
   * a failure, once its first byte too many is seen.
   * @default false
   */
  readonly allowGrowth?: boolean | undefined;
  /** Bounds on what the peer can make this side do; those left out keep the client defaults. */
  readonly limits?: Partial<ScpLimits> | undefined;
  /** Ends the transfer; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every start, progress, finish and failure. */
  readonly onEvent?: ScpObserver | undefined;
  /**
   * Returns the message that the peer gets for an error of this side.
   * @default a generic message without details
   */
  readonly describeError?: ((error: unknown, path: string) => string) | undefined;
}

/** Options of `ScpLane`. */
export interface ScpLaneOptions extends ScpSendOptions {
  /** The end of the remote command that the lane talks to. @default the peer is no command */
  readonly closed?: Promise<ScpExit> | undefined;
}
