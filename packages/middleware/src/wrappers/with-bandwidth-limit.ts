import { createBandwidthLimiter, type ScpBandwidthLimiter } from "@scpkit/core";
import type { ScpTarget } from "@scpkit/sink";
import type { ScpEntries, ScpFileEntry } from "@scpkit/source";
import { interceptBody } from "../intercept/intercept-body.ts";
import { interceptOpen } from "../intercept/intercept-read.ts";
import { changeFile, wrapEntries } from "../intercept/wrap-entries.ts";
import { wrapTarget } from "../intercept/wrap-target.ts";

/**
 * Limits the rate at which bodies are received. The client is slowed down by flow control.
 *
 * @param rate bytes per second of everything written to this target, or a limiter shared by several targets and entries
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

/** Limits the rate at which bodies are sent. @param rate as for {@link withBandwidthLimit} */
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
