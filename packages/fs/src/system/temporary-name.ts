import { randomUUID } from "node:crypto";
import { createName, type ScpName } from "@scpkit/codec";

/** Matches the names of files that are being received, before they are renamed. */
export const temporaryNamePattern: RegExp = /^\.scpkit-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Returns a name that no other transfer uses and that nobody can guess. */
export function temporaryName(): ScpName {
  return createName(`.scpkit-${randomUUID()}.tmp`);
}

/** `u`: U+017F and U+212A match `s` and `k`, as on case-insensitive file systems. */
const foldedPattern = new RegExp(temporaryNamePattern.source, "iu");

/**
 * Returns whether a file system could treat `name` as that of a temporary file. Ignores case and the characters that
 * HFS+ ignores, as git does for `.git` (CVE-2014-9390).
 */
export function isTemporaryName({ text }: ScpName): boolean {
  return foldedPattern.test(text) || foldedPattern.test(text.replace(/\p{Default_Ignorable_Code_Point}/gu, ""));
}
