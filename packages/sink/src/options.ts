import type { OptionKinds, ScpName } from "@scpkit/codec";
import type { ScpExit, ScpLimits, ScpObserver } from "@scpkit/core";
import { limitsKind } from "@scpkit/core/engine";

/**
 * When replies are sent.
 *
 * - `lockstep`: each reply is sent when it is due. Works with any peer; one to three round trips per file.
 * - `overlapped`: only files and directories wait for the target's decision; all other replies are sent ahead. One
 *   round trip per entry, and entries can be rejected exactly. Local write errors after a file was accepted are reported to the
 *   caller only, not to the peer.
 * - `pipelined`: replies are sent ahead of everything, so the source never waits. Entries cannot be rejected: what the target
 *   rejects is read and discarded, and reported to the caller; an unrequested name ends the transfer.
 *
 * The last two are for peers known to read replies one by one: `scp -f` of OpenSSH (4.3 to 10.5) and dropbear.
 */
export type ScpReplyMode = "lockstep" | "overlapped" | "pipelined";

/** Options of `receiveEntries`. */
export interface ScpReceiveOptions {
  /** @default "lockstep" */
  readonly replies?: ScpReplyMode | undefined;
  /** Whether the peer was asked for times and modes (`-p`): decides how many replies `overlapped` sends ahead. @default false */
  readonly preserve?: boolean | undefined;
  /** Whether directories are accepted. If not, a directory from the peer ends the transfer. @default true */
  readonly recursive?: boolean | undefined;
  /**
   * Whether the source ends with an `E` outside any directory, as uploads of WinSCP do. The `E` is answered, and the connection may
   * continue. Without it, the transfer was cut. Bytes after it are not read. @default false
   */
  readonly endsWithDirectoryEnd?: boolean | undefined;
  /**
   * Whether an `E` before the first file or directory ends the transfer with success, as in OpenSSH. For servers only: a client would
   * mistake the output of a login script for a transfer without files. @default false
   */
  readonly allowLeadingEnd?: boolean | undefined;
  /**
   * Returns whether a top-level name was requested. Any other name ends the transfer with `ScpProtocolError` (`unrequested-name`). Called
   * once for each name that arrives, so that it can count. Absent: every name is accepted, as in a server.
   */
  readonly acceptName?: ((name: ScpName) => boolean) | undefined;
  /**
   * How the command of the source ends, where the channel is that of a command: `closed` of an `ScpExecChannel`. A file without a
   * status is then stored only if the command ends with status 0 or 1 within a second: otherwise the connection may have been lost.
   */
  readonly exit?: Promise<ScpExit> | undefined;
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

/** What the options of {@link ScpReceiveOptions} take. */
export const receiveOptionKinds: OptionKinds<ScpReceiveOptions> = {
  replies: ["lockstep", "overlapped", "pipelined"],
  preserve: "boolean",
  recursive: "boolean",
  endsWithDirectoryEnd: "boolean",
  allowLeadingEnd: "boolean",
  acceptName: "function",
  exit: "object",
  limits: limitsKind,
  signal: "signal",
  onEvent: "function",
  describeError: "function",
};
