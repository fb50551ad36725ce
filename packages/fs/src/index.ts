export { walk, type WalkOptions } from "./walk.ts";
export { createFsTarget, type FsTargetOptions } from "./fs-target.ts";
export { removeTemporaryFiles, type RemoveTemporaryFilesOptions } from "./remove-temporary-files.ts";
export { temporaryNamePattern } from "./temporary-name.ts";
export { createShellFiles, type FsShellEntry, type FsShellFiles, type WritableFsShellFiles } from "./shell-files.ts";
export { ScpFsError, type ScpFsRule } from "./fs-error.ts";
