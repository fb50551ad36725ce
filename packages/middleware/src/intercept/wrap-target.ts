import type { ScpEntryContext } from "@scpkit/core";
import { type Awaitable, type ScpEntryInfo, ScpSkipError, type ScpTarget } from "@scpkit/sink";

/** Opens a file of the inner target. */
export type OpenFile = (entry: ScpEntryInfo, context: ScpEntryContext) => Promise<WritableStream<Uint8Array>>;

/** What a wrapper does at each entry of each level of a target. */
export interface TargetLayer {
  /** Takes a file; calls `open` for the inner one, or throws to refuse. @default opens it */
  file?(entry: ScpEntryInfo, context: ScpEntryContext, open: OpenFile): Awaitable<WritableStream<Uint8Array>>;
  /** Called before a directory is opened; throws to refuse. */
  beforeDirectory?(entry: ScpEntryInfo, context: ScpEntryContext): Awaitable<void>;
}

/**
 * Puts `layer` around a target and around the targets of all directories below it. The layer sees each entry under the name and path that
 * the target stores it under.
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

/** Opens a directory of `target`; one that takes none refuses it. */
export async function openDirectory(
  target: ScpTarget,
  entry: ScpEntryInfo,
  context: ScpEntryContext,
): Promise<ScpTarget> {
  const child = await target.directory?.(entry, context);
  if (child === undefined) throw new ScpSkipError(`${context.path}: directories are not taken here`);
  return child;
}
