import type { ClientAccess } from "../environment/client-access.ts";

/** The inputs of a measurement inside one process. */
export interface MicroSetting {
  /** Whether to use smaller amounts. */
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
  /** The unit of a variant's result; more is better. */
  readonly unit: string;
  /** The variants, scpkit's first. Each is run once to warm up, then once per round, in turn. */
  readonly variants: readonly MicroWay[];
  /** Whether the variants do different work, so that ratios between them have no meaning. @default false */
  readonly unrelated?: boolean;
  /** Releases the resources of the case. */
  close?(): Promise<void>;
}

export interface MicroWay {
  readonly name: string;
  /** Does the work once. @returns how much of it per second */
  run(): Promise<number> | number;
}

/** Returns gigabytes per second for `bytes` since `startMs` on the clock of `performance.now()`. */
export function gigabytesPerSecond(bytes: number, startMs: number): number {
  return bytes / 1e6 / (performance.now() - startMs);
}
