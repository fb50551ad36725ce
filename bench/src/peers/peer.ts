import type { ClientAccess } from "../environment/client-access.ts";
import type { Command } from "../measure.ts";

/** One copy to make. */
export interface Transfer {
  /** `up`: from this side to the server, `down`: back. Both are folders of the same disk. */
  readonly direction: "up" | "down";
  /** A single file, or a directory with everything in it. */
  readonly shape: "file" | "tree";
  /** Absolute path without characters that a shell would interpret, as `destination`. */
  readonly source: string;
  /**
   * Absolute path of the copy itself. It does not exist, but its parent does. It ends with the same name as `source`.
   */
  readonly destination: string;
  /** Whether to preserve modes and modification times, if the peer can. */
  readonly preserve: boolean;
  /** The cipher for all peers; if absent, each peer's own choice. */
  readonly cipher?: string | undefined;
  readonly access: ClientAccess;
}

/** A program that can make a {@link Transfer}. */
export interface Peer {
  /** The name on the command line and in results. */
  readonly name: string;
  /** The runtime that runs it, if it differs from the one of the benchmark. Recorded with the results. */
  readonly runsOn?: string | undefined;
  /** Whether it can preserve modes and modification times, so that its copies are checked for them. */
  readonly preserves: boolean;
  /** The shapes that it is used for. */
  readonly shapes: readonly Transfer["shape"][];
  /** Returns why it cannot take part on this machine, or `undefined` if it can. */
  problem(): Promise<string | undefined>;
  /** Returns the command line that makes the copy. */
  command(transfer: Transfer): Command;
  /** Does the same as {@link Peer.command}, and writes a CPU profile into `folder`. Absent if that is not possible. */
  profile?(transfer: Transfer, folder: string): Command;
}

/** Returns the operands, with `host:path` for the remote one. */
export function operands(transfer: Transfer): [source: string, destination: string] {
  const { direction, source, destination, access } = transfer;
  return direction === "up" ? [source, `${access.host}:${destination}`] : [`${access.host}:${source}`, destination];
}

/** Returns `ssh` with the options that every command line shares, as words. */
export function sshWords(transfer: Transfer): string[] {
  return ["ssh", "-F", transfer.access.configFile, ...cipherWords(transfer)];
}

/** Returns `-c CIPHER`, or nothing. */
export function cipherWords(transfer: Transfer): string[] {
  return transfer.cipher === undefined ? [] : ["-c", transfer.cipher];
}
