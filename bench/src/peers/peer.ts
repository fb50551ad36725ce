import type { ClientAccess } from "../environment/client-access.ts";
import type { Command } from "../measure.ts";

/** One copy to make. */
export interface Transfer {
  /** `up`: from this side to the server's, `down`: back. Both are folders of the same disk. */
  readonly direction: "up" | "down";
  /** A single file, or a directory with all that is in it. */
  readonly shape: "file" | "tree";
  /** Absolute path. Free of characters that a shell would interpret, as is `destination`. */
  readonly source: string;
  /** Absolute path of the copy itself. It does not exist, its parent does; it ends with the same name as `source`. */
  readonly destination: string;
  /** Modes and modification times are wanted, where the peer can keep them. */
  readonly preserve: boolean;
  /** The cipher all peers are to use; absent: each peer's own choice. */
  readonly cipher?: string | undefined;
  readonly access: ClientAccess;
}

/** A program that can make a {@link Transfer}. */
export interface Peer {
  /** As it is named on the command line and in results. */
  readonly name: string;
  /** What runs it, where it is not what runs the benchmark: recorded with the results. */
  readonly runsOn?: string | undefined;
  /** It keeps modes and modification times when asked to, so that its copies are checked for them. */
  readonly preserves: boolean;
  /** Shapes it is used for. */
  readonly shapes: readonly Transfer["shape"][];
  /** Why it cannot take part on this machine, or `undefined` when it can. */
  problem(): Promise<string | undefined>;
  /** The command line that makes the copy. */
  command(transfer: Transfer): Command;
  /** As {@link Peer.command}, but writing a CPU profile into `folder`. Absent: it cannot. */
  profile?(transfer: Transfer, folder: string): Command;
}

/** `host:path` for whichever side is remote. */
export function operands(transfer: Transfer): [source: string, destination: string] {
  const { direction, source, destination, access } = transfer;
  return direction === "up" ? [source, `${access.host}:${destination}`] : [`${access.host}:${source}`, destination];
}

/** `ssh` with the options that every command line shares, as words. */
export function sshWords(transfer: Transfer): string[] {
  return ["ssh", "-F", transfer.access.configFile, ...cipherWords(transfer)];
}

/** `-c CIPHER`, or nothing. */
export function cipherWords(transfer: Transfer): string[] {
  return transfer.cipher === undefined ? [] : ["-c", transfer.cipher];
}
