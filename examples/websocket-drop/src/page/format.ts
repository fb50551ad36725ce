import { ScpPeerError } from "@scpkit/codec";

const units = ["kB", "MB", "GB", "TB"];

/** `1234567` as `1.2 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = "bytes";
  for (const next of units) {
    if (value < 1000) break;
    value /= 1000;
    unit = next;
  }
  return `${value < 10 && unit !== "bytes" ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** `1 file`, `2 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** What went wrong, in words for the page. */
export function describe(error: unknown): string {
  if (error instanceof DOMException && error.name === "AbortError") return "Cancelled";
  if (error instanceof ScpPeerError) return error.peerMessage.replace(/^scp: /, "");
  return error instanceof Error ? error.message : String(error);
}
