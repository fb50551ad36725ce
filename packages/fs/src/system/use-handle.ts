import { createName, type ScpName } from "@scpkit/codec";
import type { DirectoryHandle, HeldPlace } from "./directory-handle.ts";
import type { FileSystem } from "./file-system.ts";
import { toFsError } from "./fs-error.ts";
import type { FsPath } from "./path.ts";
import { isTemporaryName } from "./temporary-name.ts";

/**
 * Runs `use` while `place` is held and releases it afterwards.
 *
 * @throws {ScpFsError} the error of `use`, with `label` as its path
 */
export async function useHandle<T>(
  place: DirectoryHandle,
  label: FsPath,
  use: (held: HeldPlace) => Promise<T>,
): Promise<T> {
  let held: HeldPlace | undefined;
  try {
    held = await place.hold();
    await held.verify();
    return await use(held);
  } catch (error) {
    throw toFsError(error, label);
  } finally {
    held?.release();
  }
}

/** Returns the names in a held directory, in the order of the file system, without those of temporary files. */
export async function listNames(
  disk: FileSystem,
  { prefix }: HeldPlace,
  signal: AbortSignal | undefined,
): Promise<ScpName[]> {
  const listing = await disk.list(prefix);
  try {
    const names: ScpName[] = [];
    for (let raw = await listing.next(); raw !== undefined; raw = await listing.next()) {
      signal?.throwIfAborted();
      const name = createName(raw);
      if (!isTemporaryName(name)) names.push(name);
    }
    return names;
  } finally {
    await listing.close();
  }
}
