import type { ScpEntryContext } from "@scpkit/core";
import type { Awaitable, ScpEntryInfo, ScpTarget } from "@scpkit/sink";
import { createQuota } from "../create-quota.ts";
import { interceptBody } from "../intercept/intercept-body.ts";
import { wrapTarget } from "../intercept/wrap-target.ts";

/** Room that was set aside for one file. Exactly one of its methods is called. */
export interface ScpReservation {
  /** The file was stored. */
  commit?(): Awaitable<void>;
  /** The file was not stored: give the room back. */
  release(): Awaitable<void>;
}

/** Options of {@link withQuota}. */
export interface ScpQuotaOptions {
  /** Bytes of all files that go through this target together. @default Infinity */
  readonly maxBytes?: number | undefined;
  /** Files that go through this target. Directories are bounded by the limit `maxEntries`. @default Infinity */
  readonly maxFiles?: number | undefined;
  /**
   * Sets room aside where several sessions share a quota, for `entry.size` bytes, before the file is opened. Throw an
   * `ScpRefusalError` with the code `quota` to refuse the file. `createQuota` has one.
   */
  readonly reserve?: ((entry: ScpEntryInfo, context: ScpEntryContext) => Awaitable<ScpReservation>) | undefined;
}

/**
 * Refuses files once a quota is used up: `Disk quota exceeded`. The announced size is set aside before the file is opened, and given back
 * when the file is not stored. Only what goes through this target counts, not what it replaces.
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
