import type { OptionKind, OptionKinds } from "@scpkit/codec";

/**
 * Limits on what a peer can make this side do. Exceeding one ends the transfer with an `ScpLimitError`. Exceeding `maxFileBytes` only
 * rejects that file.
 */
export interface ScpLimits {
  /** Bytes of one line: a record or an error message. A longer line ends the transfer as `line-too-long`. @default 8192 */
  readonly maxLineBytes: number;
  /** Levels of directories. @default 256 */
  readonly maxDepth: number;
  /** Files, directories and times records in one transfer. @default Infinity for clients, 10000000 for servers */
  readonly maxEntries: number;
  /** Announced size of one file in bytes; a larger file is rejected before anything is opened. @default Infinity */
  readonly maxFileBytes: number;
  /** Announced bytes of all accepted files of one transfer together. A session of a server is one transfer. @default Infinity */
  readonly maxTotalBytes: number;
  /** Error lines from the peer in one transfer. @default 10000 */
  readonly maxPeerErrors: number;
  /**
   * Files and directories that this side rejects or cannot store in one transfer, and commands that fail in a shell. The default of
   * servers is the number of error lines that a client of scpkit accepts. @default Infinity for clients, 10000 for servers
   */
  readonly maxRefusals: number;
  /**
   * Milliseconds without a byte in either direction while this side waits for the peer. Time in the caller's own entries and
   * targets does not count. 0: no limit. @default 0 for clients, 60000 for servers
   */
  readonly stallMs: number;
  /** Milliseconds until the peer's first byte. 0: no limit. @default 0 for clients, 60000 for servers */
  readonly firstByteMs: number;
}

/** Default limits of clients, whose users choose the peer. */
export const clientLimits: ScpLimits = {
  maxLineBytes: 8192,
  maxDepth: 256,
  maxEntries: Number.POSITIVE_INFINITY,
  maxFileBytes: Number.POSITIVE_INFINITY,
  maxTotalBytes: Number.POSITIVE_INFINITY,
  maxPeerErrors: 10_000,
  maxRefusals: Number.POSITIVE_INFINITY,
  stallMs: 0,
  firstByteMs: 0,
};

/** Default limits of servers. */
export const serverLimits: ScpLimits = {
  ...clientLimits,
  maxEntries: 10_000_000,
  maxRefusals: 10_000,
  stallMs: 60_000,
  firstByteMs: 60_000,
};

const kinds: OptionKinds<ScpLimits> = {
  maxLineBytes: "number",
  maxDepth: "number",
  maxEntries: "number",
  maxFileBytes: "number",
  maxTotalBytes: "number",
  maxPeerErrors: "number",
  maxRefusals: "number",
  stallMs: "number",
  firstByteMs: "number",
};

/** The kind of an option `limits`, for `checkOptions`. */
export const limitsKind: OptionKind = { options: kinds };
