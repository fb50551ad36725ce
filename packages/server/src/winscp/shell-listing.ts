import { createName, type ScpName } from "@scpkit/codec";
import { joinBytes } from "@scpkit/core/engine";
import type { ScpShellEntry } from "./shell-files.ts";

const encoder = new TextEncoder();
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Returns one line of `ls -l`, with its newline, in UTC. The name keeps its bytes, except a newline, which becomes `?`.
 */
export function listingLine(
  entry: ScpShellEntry,
  name: string | ScpName,
  fullTime: boolean,
  defaults: { readonly user: string; readonly group: string },
): Uint8Array {
  const { owner = defaults.user, group = defaults.group, size, linkTarget } = entry;
  const when = fullTime ? formatFullTime(entry.mtimeMs) : formatShortTime(entry.mtimeMs);
  const head = `${formatMode(entry)} 1 ${owner} ${group} ${size} ${when} `;
  const arrow = linkTarget === undefined ? "" : ` -> ${linkTarget.replaceAll("\n", "?")}`;
  const { bytes } = typeof name === "string" ? createName(name) : name;
  return joinBytes([
    encoder.encode(head),
    bytes.map((byte) => (byte === 0x0a ? 0x3f : byte)),
    encoder.encode(`${arrow}\n`),
  ]);
}

/** Formats the type and the mode, for example `drwxr-sr-t`. */
function formatMode({ type, mode }: ScpShellEntry): string {
  const kind = type === "directory" ? "d" : type === "link" ? "l" : "-";
  const triple = (shift: number, special: number, letter: string): string => {
    const bits = mode >> shift;
    const last = (mode & special) === 0 ? (bits & 1 ? "x" : "-") : bits & 1 ? letter : letter.toUpperCase();
    return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${last}`;
  };
  return kind + triple(6, 0o4000, "s") + triple(3, 0o2000, "s") + triple(0, 0o1000, "t");
}

/** Formats a time as GNU `ls --full-time`: `2026-11-21 08:03:00.000000000 +0000`. */
function formatFullTime(timeMs: number): string {
  const [date, time = ""] = toDate(timeMs).toISOString().split("T");
  return `${date} ${time.slice(0, 12)}000000 +0000`;
}

/** Formats a time as `ls` in the C locale: `Nov 21 08:03` within half a year, otherwise `Nov 21  2025`. */
function formatShortTime(timeMs: number): string {
  const date = toDate(timeMs);
  const day = `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`;
  const ageMs = Date.now() - timeMs;
  const recent = ageMs >= 0 && ageMs < 182 * 86_400_000;
  return recent ? `${day} ${date.toISOString().slice(11, 16)}` : `${day}  ${date.getUTCFullYear()}`;
}

function toDate(timeMs: number): Date {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}
