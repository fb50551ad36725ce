/**
 * Reads a local tree as SCP entries, and stores SCP entries in a local tree.
 *
 * @module
 */
export { walk, type WalkOptions } from "./read/walk.ts";
export { createFsTarget, type FsTargetOptions } from "./write/fs-target.ts";
export { removeTemporaryFiles, type RemoveTemporaryFilesOptions } from "./write/remove-temporary-files.ts";
export { temporaryNamePattern } from "./system/temporary-name.ts";
export {
  createShellFiles,
  type FsShellEntry,
  type FsShellFiles,
  type WritableFsShellFiles,
} from "./winscp/shell-files.ts";
export { ScpFsError, type ScpFsRule } from "./system/fs-error.ts";
