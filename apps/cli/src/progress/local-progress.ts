import { lstat, readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { ScpObserver, ScpTransferredEntry } from "@scpkit/core";
import type { ProgressTotal } from "./tracker.ts";

interface PlannedFile {
  readonly label: ScpTransferredEntry;
  readonly target: string;
  /** Of the file in the target's place, before the copy; `undefined`: there was none. */
  readonly changedMs: number | undefined;
}

/** Describes the files that cp is going to copy, and afterwards those that it has copied. */
export interface LocalProgress {
  readonly total: ProgressTotal;
  /** Reports every file: as copied, or as failed where `succeeded` is false and the target's file is not what it should be. */
  report(succeeded: boolean, observe: ScpObserver): Promise<void>;
}

/**
 * Looks at the regular files of a local copy before cp runs: cp itself does not report its progress. Symbolic links are looked at as cp
 * copies them: followed without `-r`, and not with it.
 */
export async function planLocalCopy(source: string, target: string, recursive: boolean): Promise<LocalProgress> {
  const files: PlannedFile[] = [];
  const isDirectory = (await stat(target).catch(() => undefined))?.isDirectory() === true;
  const name = basename(resolve(source));
  const visit = async (from: string, to: string, path: string): Promise<void> => {
    const stats = await (recursive ? lstat : stat)(from).catch(() => undefined);
    if (stats?.isFile()) {
      const label = { type: "file", path, size: stats.size } as const;
      files.push({ label, target: to, changedMs: (await lstat(to).catch(() => undefined))?.ctimeMs });
    } else if (recursive && stats?.isDirectory()) {
      const names = await readdir(from).catch(() => []);
      for (const child of names.sort()) await visit(join(from, child), join(to, child), `${path}/${child}`);
    }
  };
  await visit(source, isDirectory ? join(target, basename(source)) : target, name);
  const bytes = files.reduce((sum, { label }) => sum + label.size, 0);
  return {
    total: { files: files.length, bytes, complete: true },
    async report(succeeded, observe) {
      for (const file of files) {
        const { label } = file;
        observe({ type: "start", entry: label });
        if (succeeded || (await hasArrived(file))) observe({ type: "finish", entry: label });
        else {
          const error = new Error("cp did not copy it");
          observe({ type: "failure", failure: { path: label.path, side: "local", error } });
        }
      }
    },
  };
}

async function hasArrived({ label, target, changedMs }: PlannedFile): Promise<boolean> {
  const stats = await stat(target).catch(() => undefined);
  return stats?.isFile() === true && stats.size === label.size && stats.ctimeMs !== changedMs;
}
