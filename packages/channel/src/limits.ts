/**
 * Bounds on what a peer can make this side do. Reaching one ends the transfer with an `ScpLimitError`
 * (for `maxFileBytes`: refuses that file and goes on).
 */
export interface ScpLimits {
  /** Bytes of one line: a record, or the words of an error. A longer one ends the transfer as `line-too-long`. @default 8192 */
  readonly maxLineBytes: number;
  /** Directories inside each other. @default 256 */
  readonly maxDepth: number;
  /** Files and directories in one transfer, and times announced for them. @default Infinity for clients, 10000000 for servers */
  readonly maxEntries: number;
  /** Announced size of one file in bytes; a larger one is refused before anything is opened. @default Infinity */
  readonly maxFileBytes: number;
  /** Announced bytes of all accepted files of one transfer together: a session of a server has one. @default Infinity */
  readonly maxTotalBytes: number;
  /** Error lines from the peer in one transfer. @default 10000 */
  readonly maxPeerErrors: number;
  /**
   * Files and directories that this side refuses or cannot store in one transfer, and commands that fail in a shell. @default Infinity for clients, 10000 for servers: as many
   * error lines as a client of scpkit accepts
   */
  readonly maxRefusals: number;
  /**
   * Milliseconds during which not one byte moved in either direction and this side was waiting for the peer;
   * time spent in the caller's own entries and targets does not count. 0: no limit. @default 0 for clients, 60000 for servers
   */
  readonly stallMs: number;
  /** Milliseconds until the peer's first byte. 0: no limit. @default 0 for clients, 60000 for servers */
  readonly firstByteMs: number;
}

/** Defaults towards a peer the user chose to connect to. */
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

/** Defaults towards peers that connect to us. */
export const serverLimits: ScpLimits = {
  ...clientLimits,
  maxEntries: 10_000_000,
  maxRefusals: 10_000,
  stallMs: 60_000,
  firstByteMs: 60_000,
};
