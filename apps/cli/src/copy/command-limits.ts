import type { ScpLimits } from "@scpkit/core";

/**
 * Limits of the command where they differ from those of the library: it copies trees as deep as scp does. A path of
 * Linux has at most 4,096 bytes, which is 2,048 directories inside each other.
 */
export const commandLimits: Pick<ScpLimits, "maxDepth"> = { maxDepth: 4096 };
