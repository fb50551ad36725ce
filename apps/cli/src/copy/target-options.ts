import type { FsTargetOptions } from "@scpkit/fs";
import type { ScpkitOptions } from "../command-line/parse.ts";

/** Returns the options of a local target for the options of the command line. */
export function targetOptions({ preserve, targetIsDirectory, inPlace }: ScpkitOptions): FsTargetOptions {
  return { preserve, targetIsDirectory, inPlace: inPlace ? "always" : "when-needed", blocking: true };
}
