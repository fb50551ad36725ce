import type { Awaitable, ScpTarget } from "@scpkit/sink";
import type { ScpEntries, ScpFileEntry } from "@scpkit/source";
import { interceptBody } from "../intercept/intercept-body.ts";
import { interceptOpen } from "../intercept/intercept-read.ts";
import { changeFile, wrapEntries } from "../intercept/wrap-entries.ts";
import { wrapTarget } from "../intercept/wrap-target.ts";
import { toHex } from "../to-hex.ts";

/**
 * An incremental digest, for example `createHash("sha256")` of `node:crypto` or `sha256.create()` of `@noble/hashes`.
 * Web Crypto has no incremental digest.
 */
export interface ScpHasher {
  /** Adds the next piece of the body. */
  update(data: Uint8Array): unknown;
  /** Returns the digest. Called once, after the last piece. */
  digest(): Awaitable<Uint8Array>;
}

/** The digest of one complete body. */
export interface ScpChecksum {
  /**
   * The path that was stored or read: names joined with `/`, from the root of the storage. In an upload the peer wrote
   * them.
   */
  readonly path: string;
  readonly size: number;
  readonly digest: Uint8Array;
  /** `digest` in lower-case hexadecimal. */
  readonly hex: string;
}

/** Options of {@link withChecksum} and {@link withSourceChecksum}. */
export interface ScpChecksumOptions {
  /** Starts a digest. Called once per file. */
  readonly createHash: () => ScpHasher;
  /**
   * Checks the checksum before the file is committed, or before its last bytes are sent. If it throws, the file is
   * rejected; an `ScpRefusalError` with the code `checksum` reports the reason to the client.
   */
  readonly verify?: ((checksum: ScpChecksum) => Awaitable<void>) | undefined;
  /** Called when the file was committed, or when its last bytes were passed on. */
  readonly onChecksum?: ((checksum: ScpChecksum) => Awaitable<void>) | undefined;
}

/** Computes the checksum of each file that is written to `target`. */
export function withChecksum(target: ScpTarget, options: ScpChecksumOptions): ScpTarget {
  return wrapTarget(target, {
    async file(entry, context, open) {
      const checksum = new RunningChecksum(context.path, entry.size, options);
      return interceptBody(await open(entry, context), context.signal, {
        write: (chunk) => checksum.update(chunk),
        beforeCommit: () => checksum.verify(),
        committed: () => checksum.report(),
      });
    },
  });
}

/** Computes the checksum of each file as it is sent. The transfer events report whether the client stored it. */
export function withSourceChecksum(entries: ScpEntries, options: ScpChecksumOptions): ScpEntries {
  return wrapEntries(entries, (entry) => {
    if (entry.type === "directory") return entry;
    const { path } = entry;
    const open: ScpFileEntry["open"] = (context) =>
      interceptOpen(entry, context, ({ size }) => {
        const checksum = new RunningChecksum(path, size, options);
        let left = size;
        return {
          read(chunk) {
            // A source drops bytes beyond the announced size.
            checksum.update(chunk.subarray(0, left));
            left -= Math.min(left, chunk.byteLength);
          },
          async whole() {
            await checksum.verify();
            await checksum.report();
          },
        };
      });
    return changeFile(entry, { open });
  });
}

class RunningChecksum {
  readonly #path: string;
  readonly #size: number;
  readonly #options: ScpChecksumOptions;
  readonly #hasher: ScpHasher;
  #result: ScpChecksum | undefined;

  constructor(path: string, size: number, options: ScpChecksumOptions) {
    this.#path = path;
    this.#size = size;
    this.#options = options;
    this.#hasher = options.createHash();
  }

  update(chunk: Uint8Array): void {
    this.#hasher.update(chunk);
  }

  async verify(): Promise<void> {
    const digest = await this.#hasher.digest();
    this.#result = { path: this.#path, size: this.#size, digest, hex: toHex(digest) };
    await this.#options.verify?.(this.#result);
  }

  async report(): Promise<void> {
    if (this.#result !== undefined) await this.#options.onChecksum?.(this.#result);
  }
}
