import type { ScpEntryContext } from "@scpkit/core";
import type { Awaitable, ScpEntryInfo, ScpTarget } from "@scpkit/sink";
import { createQuota } from "../create-quota.ts";
import { interceptBody } from "../intercept/intercept-body.ts";
import { wrapTarget } from "../intercept/wrap-target.ts";

/** Space that is reserved for one file. Exactly one of its methods is called. */
export interface ScpReservation {
  /** Called when the file was stored. */
  commit?(): Awaitable<void>;
  /** Called when the file was not stored. Frees the reserved space. */
  release(): Awaitable<void>;
}

/** Options of {@link withQuota}. */
export interface ScpQuotaOptions {
  /** The maximum total size of the files that are written to this target, in bytes. @default Infinity */
  readonly maxBytes?: number | undefined;
  /**
   * The maximum number of files that are written to this target. Directories are bounded by the limit `maxEntries`.
   * @default Infinity
   */
  readonly maxFiles?: number | undefined;
  /**
   * Reserves `entry.size` bytes in a quota that several sessions share, before the file is opened. Throw an
   * `ScpRefusalError` with the code `quota` to reject the file. `createQuota` provides an implementation.
   */
  readonly reserve?: ((entry: ScpEntryInfo, context: ScpEntryContext) => Awaitable<ScpReservation>) | undefined;
}

/**
 * Rejects files with `Disk quota exceeded` once a quota is used up. The announced size is reserved before the file is
 * opened, and freed if the file is not stored. Everything written to this target counts; replaced files are not
 * subtracted.
 */
export function withQuota(target: ScpTarget, options: ScpQuotaOptions): ScpTarget {
  const own = createQuota(options);

  const reserve = async (entry: ScpEntryInfo, context: ScpEntryContext): Promise<ScpReservation> => {
    const { release } = own.reserve(entry);
    try {
      const shared = await options.reserve?.(entry, context);
      return {
        commit: () => shared?.commit?.(),
        async release() {
          release();
          await shared?.release();
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  };

  return wrapTarget(target, {
    async file(entry, context, open) {
      const reservation = await reserve(entry, context);
      try {
        context.signal.throwIfAborted();
        return interceptBody(await open(entry, context), context.signal, {
          committed: () => reservation.commit?.(),
          rolledBack: () => reservation.release(),
        });
      } catch (error) {
        await reservation.release();
        throw error;
      }
    },
  });
}
