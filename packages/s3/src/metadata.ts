import type { ScpTimes } from "@scpkit/codec";

/** The file attributes in an object's metadata. */
export interface PosixMetadata {
  /** Permission bits, 0 to 0o7777. */
  readonly mode?: number | undefined;
  readonly times?: ScpTimes | undefined;
}

const typeBits = { file: 0o100000, directory: 0o040000 };

/**
 * Encodes mode and times as AWS's own file services write them into S3 (DataSync, FSx for Lustre, Storage Gateway):
 * st_mode in octal, times in nanoseconds with their unit.
 */
export function toMetadata(
  type: "file" | "directory",
  mode: number,
  times: ScpTimes | undefined,
): Record<string, string> {
  const metadata: Record<string, string> = {
    "file-permissions": (typeBits[type] | mode).toString(8).padStart(7, "0"),
  };
  if (times === undefined) return metadata;
  return { ...metadata, "file-mtime": toNanoseconds(times.mtimeMs), "file-atime": toNanoseconds(times.atimeMs) };
}

/** Parses metadata of any origin. Omits invalid modes and times. */
export function fromMetadata(metadata: Readonly<Record<string, string>> = {}): PosixMetadata {
  const permissions = metadata["file-permissions"];
  const mode =
    permissions !== undefined && /^[0-7]{3,7}$/.test(permissions)
      ? Number.parseInt(permissions, 8) & 0o7777
      : undefined;
  const mtimeMs = fromTime(metadata["file-mtime"]);
  return {
    mode,
    times: mtimeMs === undefined ? undefined : { mtimeMs, atimeMs: fromTime(metadata["file-atime"]) ?? mtimeMs },
  };
}

function toNanoseconds(ms: number): string {
  return `${BigInt(Math.trunc(ms * 1000)) * 1000n}ns`;
}

/** Parses a time. Without a unit it is in milliseconds, as in AWS. */
function fromTime(text: string | undefined): number | undefined {
  const [, digits, unit] = /^(-?\d{1,24})(ns|ms)?$/.exec(text ?? "") ?? [];
  if (digits === undefined) return undefined;
  const ms = unit === "ns" ? Number(BigInt(digits) / 1000n) / 1000 : Number(digits);
  return Number.isSafeInteger(Math.trunc(ms)) ? ms : undefined;
}
