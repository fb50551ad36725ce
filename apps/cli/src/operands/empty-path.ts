import { ScpFsError } from "@scpkit/fs";

/** What open(2) says about a path of no characters, and scp with it. `@scpkit/fs` takes it for the working directory. */
export function emptyPath(): ScpFsError {
  return new ScpFsError("", "ENOENT", ": No such file or directory");
}
