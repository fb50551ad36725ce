import type { ScpEntryContext } from "@scpkit/channel";
import type { Awaitable, ScpDirectoryEntry, ScpEntries, ScpEntry, ScpFileEntry } from "@scpkit/source";

/** What a wrapper does with each file and directory of a tree, before it is opened or listed. Throwing turns it into a failed entry. */
export type EntryLayer = (entry: ScpFileEntry | ScpDirectoryEntry, path: string) => Awaitable<ScpEntry>;

/** Puts `layer` around the entries and around those of all directories below them. `path` is as the transfer calls them. */
export async function* wrapEntries(entries: ScpEntries, layer: EntryLayer, directory = ""): AsyncGenerator<ScpEntry> {
  for await (const entry of entries) {
    yield entry.type === "failed" ? entry : await wrapEntry(entry, layer, directory);
  }
}

/** The same entry with some of its properties replaced. Entries may be instances of classes, so they are not spread. */
export function changeFile(entry: ScpFileEntry, changes: Partial<Omit<ScpFileEntry, "type">>): ScpFileEntry {
  const { name, mode, size, times } = entry;
  return { type: "file", name, mode, size, times, open: (context) => entry.open(context), ...changes };
}

/** As {@link changeFile}, of a directory. */
export function changeDirectory(
  entry: ScpDirectoryEntry,
  changes: Partial<Omit<ScpDirectoryEntry, "type">>,
): ScpDirectoryEntry {
  const { name, mode, times } = entry;
  return { type: "directory", name, mode, times, entries: (context) => entry.entries(context), ...changes };
}

async function wrapEntry(
  entry: ScpFileEntry | ScpDirectoryEntry,
  layer: EntryLayer,
  directory: string,
): Promise<ScpEntry> {
  const text = typeof entry.name === "string" ? entry.name : entry.name.text;
  try {
    const wrapped = await layer(entry, directory === "" ? text : `${directory}/${text}`);
    if (wrapped.type !== "directory") return wrapped;
    return changeDirectory(wrapped, {
      entries: (context: ScpEntryContext) => wrapEntries(wrapped.entries(context), layer, context.path),
    });
  } catch (error) {
    return { type: "failed", name: entry.name, error };
  }
}
