import type { ClientAccess } from "../environment/client-access.ts";

/** What a measurement inside one process may use. */
export interface MicroSetting {
  /** Amounts are smaller. */
  readonly quick: boolean;
  /** The server, without delay. */
  readonly access: ClientAccess;
  /** A large file that the server can read. */
  readonly remoteFile: string;
  /** Its length in bytes. */
  readonly remoteFileBytes: number;
}

/** A measurement inside one process: the same work done in several ways. */
export interface MicroCase {
  readonly title: string;
  /** Of what a variant returns; more is better. */
  readonly unit: string;
  /** Scpkit's way first. Each is run once to warm up, then once per round, in turn. */
  readonly variants: readonly MicroWay[];
  /** The variants do not do the same work: ratios between them mean nothing. @default false */
  readonly unrelated?: boolean;
  /** Releases what the case holds. */
  close?(): Promise<void>;
}

export interface MicroWay {
  readonly name: string;
  /** Does the work once. @returns how much of it per second */
  run(): Promise<number> | number;
}

/** Gigabytes per second of `bytes` since `startMs` on the clock of `performance.now()`. */
export function gigabytesPerSecond(bytes: number, startMs: number): number {
  return bytes / 1e6 / (performance.now() - startMs);
}
