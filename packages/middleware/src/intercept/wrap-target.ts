import type { ScpEntryContext } from "@scpkit/core";
import { type Awaitable, type ScpEntryInfo, ScpSkipError, type ScpTarget } from "@scpkit/sink";

/** Opens a file of the inner target. */
export type OpenFile = (entry: ScpEntryInfo, context: ScpEntryContext) => Promise<WritableStream<Uint8Array>>;

/** Hooks of a wrapper for each entry at each level of a target. */
export interface TargetLayer {
  /** Called with a file. Calls `open` to open the inner one, or throws to reject it. @default opens it */
  file?(entry: ScpEntryInfo, context: ScpEntryContext, open: OpenFile): Awaitable<WritableStream<Uint8Array>>;
  /** Called before a directory is opened. Throws to reject it. */
  beforeDirectory?(entry: ScpEntryInfo, context: ScpEntryContext): Awaitable<void>;
}

/**
 * Applies `layer` to a target and to the targets of all directories below it. The layer sees each entry with the name
 * and path under which the target stores it.
 */
export function wrapTarget(target: ScpTarget, layer: TargetLayer): ScpTarget {
  const open: OpenFile = async (entry, context) => await target.file(entry, context);
  return {
    destination: target.destination,
    file: (entry, context) => layer.file?.(entry, context, open) ?? open(entry, context),
    async directory(entry, context) {
      await layer.beforeDirectory?.(entry, context);
      return wrapTarget(await openDirectory(target, entry, context), layer);
    },
    close: () => target.close?.(),
    abort: (reason) => target.abort?.(reason),
  };
}

/** Opens a directory of `target`. Rejects it if the target supports no directories. */
export async function openDirectory(
  target: ScpTarget,
  entry: ScpEntryInfo,
  context: ScpEntryContext,
): Promise<ScpTarget> {
  const child = await target.directory?.(entry, context);
  if (child === undefined) throw new ScpSkipError(`${context.path}: directories are not supported here`);
  return child;
}
