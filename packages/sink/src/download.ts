import {
  checkOptions,
  createName,
  formatCommand,
  type OptionKinds,
  type ScpFormatCommandOptions,
  ScpProtocolError,
} from "@scpkit/codec";
import type { ScpTransferSummary, ScpTransport } from "@scpkit/core";
import { runRemoteCommand, unwrapSingleFailure } from "@scpkit/core/engine";
import { receiveOptionKinds, type ScpReceiveOptions, type ScpReplyMode } from "./options.ts";
import { Receiver } from "./receive.ts";
import type { ScpTarget } from "./target.ts";

/** Options of {@link download} and `openDownload`. */
export interface ScpDownloadOptions extends ScpReceiveOptions {
  /**
   * @default "overlapped" when the transport knows its peer as OpenSSH or dropbear, else "lockstep"
   */
  readonly replies?: ScpReplyMode | undefined;
  /** Asks for directories with all below them (`-r`). @default false */
  readonly recursive?: boolean | undefined;
  /** Asks the remote scp to be verbose on its standard error. @default false */
  readonly verbose?: boolean | undefined;
  /** How the path is quoted for the remote shell; `none` leaves globs and `~` to it, as scp(1) does. @default "bare-if-safe" */
  readonly quote?: ScpFormatCommandOptions["quote"];
  /** Whether the path may contain a newline: not if the login shell of the peer is csh or tcsh. @default false */
  readonly allowNewline?: boolean | undefined;
  /** @default accepts the last component of the remote path, once */
  readonly acceptName?: ScpReceiveOptions["acceptName"];
  /**
   * Whether the remote path stands for one file or directory: it has no pattern that the remote shell expands. If a target fails in the
   * middle of such a file, the rest of it is not read; the remote command is ended.
   * @default true, false with `acceptName`
   */
  readonly oneEntry?: boolean | undefined;
  /** Receives what the remote command writes to standard error. Escape it before it reaches a terminal. */
  readonly onStderr?: ((chunk: Uint8Array) => void) | undefined;
}

/** What the options of {@link ScpDownloadOptions} take. */
export const downloadOptionKinds: OptionKinds<ScpDownloadOptions> = {
  ...receiveOptionKinds,
  oneEntry: "boolean",
  verbose: "boolean",
  quote: ["bare-if-safe", "posix", "double", "none"],
  allowNewline: "boolean",
  onStderr: "function",
};

/**
 * Copies one remote path into `target`, through `scp -f` on the peer.
 *
 * @returns what arrived; everything did
 * @throws as `receiveEntries`, and `ScpConnectionError` when the connection was lost or the remote command failed
 * @throws {ScpPeerError} or what the target failed with: there was exactly one failure, and no file and no directory was copied, as when the
 *   download of one file fails. `summaryOf` returns its summary
 */
export async function download(
  transport: ScpTransport,
  remotePath: string,
  target: ScpTarget,
  options: ScpDownloadOptions = {},
): Promise<ScpTransferSummary> {
  checkOptions("download", options, downloadOptionKinds);
  const { recursive = false, preserve = false, verbose = false } = options;
  const command = formatCommand({ role: "source", paths: [remotePath], recursive, preserve, verbose }, options);
  const receiveOptions = {
    ...options,
    recursive,
    replies: options.replies ?? (allowsRepliesAhead(transport) ? "overlapped" : "lockstep"),
    acceptName: options.acceptName ?? acceptBasename(remotePath),
    oneEntry: options.oneEntry ?? options.acceptName === undefined,
  };
  const transfer = runRemoteCommand(transport, command, { ...options, queue: true }, async (channel) => {
    const receiver = new Receiver(channel, target, { ...receiveOptions, exit: channel.closed });
    await receiver.run();
    if (!receiver.heard) {
      throw new ScpProtocolError("unexpected-eof", "The peer closed the connection without sending anything");
    }
    // Failures explain a status of 1. They do not explain a lost connection, after which more is missing than they name.
    const { log, refused, abandoned } = receiver;
    return { result: log, refused: refused || log.failed, abandoned };
  });
  return await unwrapSingleFailure(transfer.then((log) => log.conclude()));
}

/** Whether the peer is known to take replies one by one, so that they may be sent ahead: OpenSSH, dropbear, scpkit. */
export function allowsRepliesAhead(transport: ScpTransport): boolean {
  return /^SSH-2\.0-(OpenSSH|dropbear|scpkit)/.test(transport.peerIdentification ?? "");
}

/** What a transfer of one remote path accepts at its top level: the last component of that path, once. For `acceptName`. */
export function acceptBasename(remotePath: string): NonNullable<ScpReceiveOptions["acceptName"]> {
  const stripped = remotePath.replace(/\/+$/, "");
  const wanted = createName(stripped.slice(stripped.lastIndexOf("/") + 1)).bytes;
  let arrived = false;
  return ({ bytes }) => {
    const accepted = !arrived && bytes.length === wanted.length && bytes.every((byte, index) => byte === wanted[index]);
    arrived ||= accepted;
    return accepted;
  };
}
