import type { ScpExit, ScpLimits, ScpObserver } from "@scpkit/channel";
import type { ScpName } from "@scpkit/codec";

/**
 * When replies are sent.
 *
 * - `lockstep`: each reply when it is due. Right towards any peer; one to three round trips per file.
 * - `eager`: only files and directories wait for the target's decision; all other replies are sent ahead. One
 *   round trip per entry, and entries can be rejected exactly. Local write errors after a file was accepted are reported to the
 *   caller only, not to the peer.
 * - `window`: replies are sent ahead of everything, so the source never waits. Entries cannot be rejected: what the target
 *   rejects is read and discarded, and reported to the caller; an unrequested name ends the transfer.
 *
 * The last two are for peers known to read replies one by one: `scp -f` of OpenSSH (4.3 to 10.5) and dropbear.
 */
export type ScpReplyMode = "lockstep" | "eager" | "window";

/** Options of `receiveEntries`. */
export interface ScpReceiveOptions {
  /** @default "lockstep" */
  readonly replies?: ScpReplyMode | undefined;
  /** Whether the peer was asked for times and modes (`-p`): decides how many replies `eager` sends ahead. @default false */
  readonly preserve?: boolean | undefined;
  /** Whether directories may come. A directory from a peer that was not asked for one ends the transfer. @default true */
  readonly recursive?: boolean | undefined;
  /**
   * The source ends with an `E` outside any directory of its own, which is answered, and the connection may go on: so end the uploads
   * of WinSCP. Without that `E` the transfer was cut. What comes after it is left unread. @default false
   */
  readonly enclosed?: boolean | undefined;
  /**
   * An `E` before the first file or directory ends the transfer with success, as in OpenSSH. For servers: a client would take the output
   * of a login script for a transfer without files. @default false
   */
  readonly allowLeadingEnd?: boolean | undefined;
  /**
   * Which top-level names were asked for; any other ends the transfer with `ScpProtocolError` (`unrequested-name`). Called once for
   * each that arrives, so that it can count. Without it every name is welcome, as in a server.
   */
  readonly expects?: ((name: ScpName) => boolean) | undefined;
  /**
   * How the command of the source ends, where the channel is that of a command: `closed` of an `ScpExecChannel`. A file without a
   * status is then stored only if the command ends with status 0 or 1 within a second: otherwise the connection may have been lost.
   */
  readonly exit?: Promise<ScpExit> | undefined;
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
