import type { ScpDirectoryEntry, ScpEntries, ScpFileEntry } from "@scpkit/source";

/** A file entry with a body in memory. */
export function file(name: string, body: string | Uint8Array, more: Partial<ScpFileEntry> = {}): ScpFileEntry {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return { type: "file", name, mode: 0o644, size: bytes.byteLength, open: () => bytes, ...more };
}

/** A directory entry with children. */
export function directory(name: string, entries: ScpEntries): ScpDirectoryEntry {
  return { type: "directory", name, mode: 0o755, entries: () => entries };
}
