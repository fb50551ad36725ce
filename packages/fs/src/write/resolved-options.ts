import type { ScpTimes } from "@scpkit/codec";
import type { ScpEntryInfo } from "@scpkit/sink";
import type { FileSystem } from "../system/file-system.ts";

/** The options of a target with defaults applied. */
export interface ResolvedFsOptions {
  readonly disk: FileSystem;
  readonly preserve: boolean;
  /** Bits removed from the modes of new files and directories. 0 with `preserve`. */
  readonly umask: number;
  /** Bits that the system removes from every mode at creation. */
  readonly processUmask: number;
  /** Whether setuid, setgid and sticky may be set. */
  readonly specialBits: boolean;
  readonly fsync: boolean;
  readonly confined: boolean;
  readonly inPlace: "when-needed" | "never" | "always";
  readonly specialFiles: boolean;
}

/** Returns the final mode of a new file or directory, and of an existing one with `preserve`. */
export function finalMode(policy: ResolvedFsOptions, { mode }: ScpEntryInfo): number {
  return mode & ~policy.umask & (policy.specialBits ? 0o7777 : 0o777);
}

/** Returns times in seconds, as the system expects them, or `undefined` if there are none that it can store. */
export function secondsOf(times: ScpTimes | undefined): { readonly atime: number; readonly mtime: number } | undefined {
  if (times === undefined || !Number.isFinite(times.atimeMs) || !Number.isFinite(times.mtimeMs)) return undefined;
  return { atime: times.atimeMs / 1000, mtime: times.mtimeMs / 1000 };
}
