import { ScpRefusalError } from "./refusal-error.ts";

/** What several sessions may store together. Give it to `withQuota` of each of them. */
export interface ScpQuota {
  /** Bytes stored and set aside. */
  readonly bytes: number;
  /** Files stored and set aside. */
  readonly files: number;
  /** Sets room aside for one file. @throws {ScpRefusalError} `quota` */
  reserve(entry: { readonly size: number }): {
    /** The file was not stored. */
    release(): void;
  };
}

/** How much, and how much of it is used already. */
export interface ScpQuotaLimits {
  /** @default Infinity */
  readonly maxBytes?: number | undefined;
  /** @default Infinity */
  readonly maxFiles?: number | undefined;
  /** Bytes that are stored before this process counts. @default 0 */
  readonly usedBytes?: number | undefined;
  /** Files that are stored before this process counts. @default 0 */
  readonly usedFiles?: number | undefined;
}

/**
 * A quota of one user, for all sessions of this process. It counts what is stored and takes nothing off for what is replaced or removed
 * by others; where several processes share a quota, write a `reserve` of your own that asks what they share.
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
