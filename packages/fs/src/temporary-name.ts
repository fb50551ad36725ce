import { randomUUID } from "node:crypto";
import { createName, type ScpName } from "@scpkit/codec";

/** The names of files that are being received, before they are renamed to their own. */
export const temporaryNamePattern: RegExp = /^\.scpkit-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** A name no other transfer uses and nobody can guess. */
export function temporaryName(): ScpName {
  return createName(`.scpkit-${randomUUID()}.tmp`);
}
