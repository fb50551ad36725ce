import { randomUUID } from "node:crypto";
import { createName, type ScpName } from "@scpkit/codec";

/** The names of files that are being received, before they are renamed to their own. */
export const temporaryNamePattern: RegExp = /^\.scpkit-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Returns a name that no other transfer uses and nobody can guess. */
export function temporaryName(): ScpName {
  return createName(`.scpkit-${randomUUID()}.tmp`);
}

/** `u`: U+017F and U+212A count as `s` and `k`, as on file systems that fold case. */
const foldedPattern = new RegExp(temporaryNamePattern.source, "iu");

/**
 * Returns whether some file system could take `name` for that of a temporary file. Case is folded, and characters that
 * HFS+ ignores are left out, as git does for `.git` (CVE-2014-9390).
 */
export function isTemporaryName({ text }: ScpName): boolean {
  return foldedPattern.test(text) || foldedPattern.test(text.replace(/\p{Default_Ignorable_Code_Point}/gu, ""));
}
