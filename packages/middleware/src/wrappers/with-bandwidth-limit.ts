import { createBandwidthLimiter, type ScpBandwidthLimiter } from "@scpkit/core";
import type { ScpTarget } from "@scpkit/sink";
import type { ScpEntries, ScpFileEntry } from "@scpkit/source";
import { interceptBody } from "../intercept/intercept-body.ts";
import { interceptOpen } from "../intercept/intercept-read.ts";
import { changeFile, wrapEntries } from "../intercept/wrap-entries.ts";
import { wrapTarget } from "../intercept/wrap-target.ts";

/**
 * Takes bodies no faster than a rate; the client is held back by its own flow control.
 *
 * @param rate bytes per second of all that goes through this target, or a limiter that several targets and entries share
 */
export function withBandwidthLimit(target: ScpTarget, rate: number | ScpBandwidthLimiter): ScpTarget {
  const limiter = toLimiter(rate);
  return wrapTarget(target, {
    async file(entry, context, open) {
      const { signal } = context;
      return interceptBody(await open(entry, context), context.signal, {
        write: (chunk) => limiter.take(chunk.byteLength, signal),
      });
    },
  });
}

/** Sends bodies no faster than a rate. @param rate as for {@link withBandwidthLimit} */
export function withSourceBandwidthLimit(entries: ScpEntries, rate: number | ScpBandwidthLimiter): ScpEntries {
  const limiter = toLimiter(rate);
  return wrapEntries(entries, (entry) => {
    if (entry.type === "directory") return entry;
    const open: ScpFileEntry["open"] = (context) =>
      interceptOpen(entry, context, () => ({ read: (chunk) => limiter.take(chunk.byteLength, context.signal) }));
    return changeFile(entry, { open });
  });
}

function toLimiter(rate: number | ScpBandwidthLimiter): ScpBandwidthLimiter {
  return typeof rate === "number" ? createBandwidthLimiter(rate) : rate;
}
