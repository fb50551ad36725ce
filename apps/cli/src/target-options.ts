import type { FsTargetOptions } from "@scpkit/fs";
import type { ScpkitOptions } from "./options.ts";

/** Returns how the options of the command line store files of this machine. */
export function targetOptions({ preserve, targetIsDirectory, inPlace }: ScpkitOptions): FsTargetOptions {
  return { preserve, targetIsDirectory, inPlace: inPlace ? "always" : "when-needed", blocking: true };
}
