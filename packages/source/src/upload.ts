import { checkOptions, formatCommand, type OptionKinds, type ScpFormatCommandOptions } from "@scpkit/codec";
import type { ScpTransferSummary, ScpTransport } from "@scpkit/core";
import { runRemoteCommand, unwrapSingleFailure } from "@scpkit/core/engine";
import type { ScpEntries } from "./entry.ts";
import { namesDirectory, oneEntry } from "./one-entry.ts";
import { type ScpSendOptions, sendOptionKinds } from "./options.ts";
import { uploadInLanes } from "./parallel/upload-lanes.ts";
import { sendOver } from "./send.ts";

/** Options of {@link upload}. */
export interface ScpUploadOptions extends ScpSendOptions {
  /** @default what {@link answersOnce} says of the transport */
  readonly answersOnce?: boolean | undefined;
  /** @default what {@link allowsHalfClose} says of the transport */
  readonly halfClose?: boolean | undefined;
  /**
   * Number of remote commands that send the tree together, at most what the server allows (OpenSSH: 10 on one connection). More than
   * one is faster for many files over a long distance. The result is the same; the order of the events differs. Names within one
   * directory must differ.
   * @default 1
   */
  readonly parallel?: number | undefined;
  /** Whether directories will be sent (`-r`). @default true */
  readonly recursive?: boolean | undefined;
  /**
   * Whether the remote path must be a directory (`-d`). Without it only one top-level entry is sent, unless the path can only name a
   * directory (`dir/`, `.`); those after it are failures.
   * @default whether `entries` is an array of more than one
   */
  readonly targetIsDirectory?: boolean | undefined;
  /** Asks the remote scp to be verbose on its standard error. @default false */
  readonly verbose?: boolean | undefined;
  /** How the path is quoted for the remote shell; `none` leaves `~` and more to it, as scp(1) does. @default "bare-if-safe" */
  readonly quote?: ScpFormatCommandOptions["quote"];
  /** Whether the path may contain a newline: not if the login shell of the peer is csh or tcsh. @default false */
  readonly allowNewline?: boolean | undefined;
  /** Receives what the remote command writes to standard error. Escape it before it reaches a terminal. */
  readonly onStderr?: ((chunk: Uint8Array) => void) | undefined;
}

const optionKinds: OptionKinds<ScpUploadOptions> = {
  ...sendOptionKinds,
  parallel: "number",
  recursive: "boolean",
  targetIsDirectory: "boolean",
  verbose: "boolean",
  quote: ["bare-if-safe", "posix", "double", "none"],
  allowNewline: "boolean",
  onStderr: "function",
};

/**
 * Copies `entries` to a remote path, through `scp -t` on the peer.
 *
 * @returns what arrived; everything did
 * @throws as `sendEntries`, and `ScpConnectionError` when the connection was lost or the remote command failed
 * @throws {ScpPeerError} or what the entry failed with: there was exactly one failure, and no file and no directory was copied, as when the
 *   upload of one file fails. `summaryOf` returns its summary
 */
export async function upload(
  transport: ScpTransport,
  remotePath: string,
  entries: ScpEntries,
  options: ScpUploadOptions = {},
): Promise<ScpTransferSummary> {
  checkOptions("upload", options, optionKinds);
  const { recursive = true, preserve = false, verbose = false } = options;
  const targetIsDirectory = options.targetIsDirectory ?? (Array.isArray(entries) && entries.length > 1);
  const command = formatCommand(
    { role: "sink", paths: [remotePath], recursive, preserve, targetIsDirectory, verbose },
    options,
  );
  const sendOptions = {
    ...options,
    answersOnce: options.answersOnce ?? answersOnce(transport),
    halfClose: options.halfClose ?? allowsHalfClose(transport),
  };
  const sent = targetIsDirectory || namesDirectory(remotePath) ? entries : oneEntry(entries, remotePath);
  const { parallel = 1 } = options;
  const transfer =
    parallel > 1
      ? uploadInLanes(transport, command, sent, { ...sendOptions, lanes: parallel })
      : runRemoteCommand(transport, command, { ...options, queue: true }, async (channel) => {
          const result = await sendOver(channel, sent, sendOptions);
          return { result, refused: false };
        });
  return await unwrapSingleFailure(transfer);
}

/**
 * Whether the peer is known to answer every record exactly once: OpenSSH since 8.3 (CVE-2020-12062), and scpkit itself.
 */
export function answersOnce(peer: Pick<ScpTransport, "peerIdentification">): boolean {
  const identification = peer.peerIdentification ?? "";
  if (identification.startsWith("SSH-2.0-scpkit")) return true;
  const version = /^SSH-2\.0-OpenSSH_(\d+)\.(\d+)/.exec(identification);
  if (version === null) return false;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > 8 || (major === 8 && minor >= 3);
}

/**
 * Returns whether the peer is known to keep a command running when its input ends before its last reply: OpenSSH except on Windows, and
 * scpkit. Others wait for the end of the input after the last reply, as scp(1) sends it: Cisco IOS XR, `socat` and the exec commands of
 * container runtimes take an earlier end for a client that has gone.
 */
export function allowsHalfClose(peer: Pick<ScpTransport, "peerIdentification">): boolean {
  return /^SSH-2\.0-(OpenSSH(?!_for_Windows)|scpkit)/.test(peer.peerIdentification ?? "");
}
