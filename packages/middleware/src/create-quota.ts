import { ScpRefusalError } from "./refusal-error.ts";

/** A storage quota that several sessions share. Pass it to `withQuota` of each session. */
export interface ScpQuota {
  /** Bytes that are stored or reserved. */
  readonly bytes: number;
  /** Files that are stored or reserved. */
  readonly files: number;
  /** Reserves space for one file. @throws {ScpRefusalError} `quota` */
  reserve(entry: { readonly size: number }): {
    /** Frees the reserved space of a file that was not stored. */
    release(): void;
  };
}

/** The size of a quota, and the part that is already used. */
export interface ScpQuotaLimits {
  /** @default Infinity */
  readonly maxBytes?: number | undefined;
  /** @default Infinity */
  readonly maxFiles?: number | undefined;
  /** Bytes that were stored before this process started to count. @default 0 */
  readonly usedBytes?: number | undefined;
  /** Files that were stored before this process started to count. @default 0 */
  readonly usedFiles?: number | undefined;
}

/**
 * Creates a quota of one user for all sessions of this process. It counts everything that is stored, and does not
 * subtract what others replace or remove. If several processes share a quota, write your own `reserve` that uses their
 * common storage.
 */
export function createQuota(limits: ScpQuotaLimits): ScpQuota {
  const { maxBytes = Number.POSITIVE_INFINITY, maxFiles = Number.POSITIVE_INFINITY } = limits;
  let { usedBytes: bytes = 0, usedFiles: files = 0 } = limits;
  return {
    get bytes() {
      return bytes;
    },
    get files() {
      return files;
    },
    reserve({ size }) {
      if (files + 1 > maxFiles || bytes + size > maxBytes) throw new ScpRefusalError("quota", "Disk quota exceeded");
      files += 1;
      bytes += size;
      return {
        release() {
          files -= 1;
          bytes -= size;
        },
      };
    },
  };
}
