import type { ScpTimes } from "@scpkit/codec";
import type { ScpEntryInfo } from "@scpkit/sink";
import type { FileSystem } from "../system/file-system.ts";

/** The options of a target, decided. */
export interface ResolvedFsOptions {
  readonly disk: FileSystem;
  readonly preserve: boolean;
  /** Bits taken from the modes of new files and directories. 0 with `preserve`. */
  readonly umask: number;
  /** What the system takes from every mode at creation. */
  readonly processUmask: number;
  /** setuid, setgid and sticky may be set. */
  readonly specialBits: boolean;
  readonly fsync: boolean;
  readonly confined: boolean;
  readonly inPlace: "when-needed" | "never" | "always";
  readonly specialFiles: boolean;
}

/** The mode a new file or directory ends with, and an existing one with `preserve`. */
export function finalMode(policy: ResolvedFsOptions, { mode }: ScpEntryInfo): number {
  return mode & ~policy.umask & (policy.specialBits ? 0o7777 : 0o777);
}

/** Times as the system takes them, in seconds; `undefined` when there are none it can keep. */
export function secondsOf(times: ScpTimes | undefined): { readonly atime: number; readonly mtime: number } | undefined {
  if (times === undefined || !Number.isFinite(times.atimeMs) || !Number.isFinite(times.mtimeMs)) return undefined;
  return { atime: times.atimeMs / 1000, mtime: times.mtimeMs / 1000 };
}
