import { ScriptedPeer } from "@scpkit/conformance";
import type { ScpTransferSummary } from "@scpkit/core";
import { createChannelPair } from "@scpkit/core";
import type { ScpDirectoryEntry, ScpEntry, ScpFileEntry } from "../src/index.ts";
import { type ScpSendOptions, sendEntries } from "../src/index.ts";

export const times = { mtimeMs: 1_000_500, atimeMs: 2_000_000 };
export const timesLine = "T1000 0 2000 0\n";

export function file(name: string, body: string, extra: Partial<ScpFileEntry> = {}): ScpFileEntry {
  const bytes = new TextEncoder().encode(body);
  return { type: "file", name, mode: 0o644, size: bytes.length, times, open: () => bytes, ...extra };
}

export function directory(name: string, children: readonly ScpEntry[], mode = 0o755): ScpDirectoryEntry {
  return { type: "directory", name, mode, times, entries: () => children };
}

/** Starts a transfer towards a scripted sink that has said nothing yet. */
export function send(
  entries: Iterable<ScpEntry> | AsyncIterable<ScpEntry>,
  options: ScpSendOptions = {},
): { readonly sink: ScriptedPeer; readonly outcome: Promise<ScpTransferSummary> } {
  const [ours, theirs] = createChannelPair();
  const outcome = sendEntries(ours, entries, options);
  outcome.catch(() => {});
  return { sink: new ScriptedPeer(theirs), outcome };
}
