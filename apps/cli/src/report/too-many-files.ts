/** The text of strerror(3) for EMFILE. */
export const tooManyFiles = "Too many open files";

/** Returns whether something failed because this process, or the system, has too many open files. */
export function isOutOfFiles(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ("code" in at && (at.code === "EMFILE" || at.code === "ENFILE")) return true;
  }
  return false;
}
