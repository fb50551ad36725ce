import type { Stats } from "node:fs";
import type { ScpName } from "@scpkit/codec";
import type { ScpEntryInfo } from "@scpkit/sink";
import type { DirectoryHandle, HeldPlace } from "../system/directory-handle.ts";
import { errnoCode, errnoError, ruleError, toFsError } from "../system/fs-error.ts";
import { childPath, type FsPath } from "../system/path.ts";
import { fsyncDirectory } from "./destination.ts";
import { finalMode, type ResolvedFsOptions, secondsOf } from "./resolved-options.ts";

/** A directory that receives entries. */
export interface EnteredDirectory {
  readonly place: DirectoryHandle;
  /**
   * Applies times and mode, in this order, after everything in it was stored. Only the first call of `close` or `abort`
   * has an effect.
   */
  close(): Promise<void>;
  /** Releases the directory. A new directory gets its mode, which may be more restrictive than during the transfer. */
  abort(): Promise<void>;
}

/**
 * Creates or enters a directory as OpenSSH's sink does: an existing one keeps its mode unless preserving, a new one is
 * created with `u+rwx` and gets its own mode at the end. Unlike in OpenSSH, an existing one also gets its mode at the
 * end, so that a read-only directory can be filled.
 */
export async function enterDirectory(
  policy: ResolvedFsOptions,
  parent: DirectoryHandle,
  name: ScpName,
  label: FsPath,
  entry: ScpEntryInfo,
): Promise<EnteredDirectory> {
  try {
    const created = await makeDirectory(policy, parent, name, label, entry);
    const place = parent.child(name);
    const held = await place.hold();
    return { place, ...closing(policy, held, label, entry, created) };
  } catch (error) {
    throw toFsError(error, label);
  }
}

/** @returns whether this call created it */
async function makeDirectory(
  policy: ResolvedFsOptions,
  parent: DirectoryHandle,
  name: ScpName,
  label: FsPath,
  entry: ScpEntryInfo,
): Promise<boolean> {
  const { disk, confined, fsync } = policy;
  const held = await parent.hold();
  try {
    const path = childPath(held.prefix, name);
    const look = async (): Promise<Stats | undefined> => (confined ? disk.lstat(path) : disk.stat(path));
    let existing = await look();
    if (existing === undefined) {
      await held.verify();
      try {
        await disk.mkdir(path, (finalMode(policy, entry) & 0o777) | 0o700);
        if (fsync) await fsyncDirectory(disk, held.prefix);
        return true;
      } catch (error) {
        // A parallel upload may have created it meanwhile.
        existing = errnoCode(error) === "EEXIST" ? await look() : undefined;
        if (existing === undefined) throw error;
      }
    }
    if (existing.isSymbolicLink()) throw ruleError(label, "symlink-refused");
    if (!existing.isDirectory()) throw errnoError(label, "ENOTDIR");
    return false;
  } finally {
    held.release();
  }
}

function closing(
  policy: ResolvedFsOptions,
  held: HeldPlace,
  label: FsPath,
  entry: ScpEntryInfo,
  created: boolean,
): Pick<EnteredDirectory, "close" | "abort"> {
  const { disk, preserve, fsync } = policy;
  const { prefix } = held;
  const setMode = async (): Promise<void> => {
    if (created || preserve) await disk.chmod(prefix, finalMode(policy, entry));
  };
  let settled = false;
  return {
    async close() {
      if (settled) return;
      settled = true;
      const times = secondsOf(entry.times);
      const failures: unknown[] = [];
      const attempt = async (action: string | undefined, run: () => Promise<void>): Promise<void> => {
        try {
          await run();
        } catch (error) {
          failures.push(toFsError(error, label, action));
        }
      };
      try {
        await held.verify();
        if (times !== undefined) await attempt("set times", async () => disk.utimes(prefix, times.atime, times.mtime));
        await attempt("set mode", setMode);
        if (fsync) await attempt(undefined, () => fsyncDirectory(disk, prefix));
      } catch (error) {
        failures.push(toFsError(error, label));
      } finally {
        held.release();
      }
      // OpenSSH reports nothing here. With `preserve`, failures are reported; otherwise the times are set if possible.
      const unasked = (error: unknown): boolean => !preserve && !created && errnoCode(error) === "EPERM";
      const told = failures.filter((error) => !unasked(error));
      if (told.length > 0) throw told[0];
    },
    async abort() {
      if (settled) return;
      settled = true;
      try {
        await held.verify();
        if (created) await setMode();
      } catch {
        // If this fails, the directory keeps the mode it was filled with.
      } finally {
        held.release();
      }
    },
  };
}
