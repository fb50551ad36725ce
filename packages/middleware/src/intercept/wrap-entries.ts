import { createName, type ScpName } from "@scpkit/codec";
import type { Awaitable, ScpDirectoryEntry, ScpEntries, ScpEntry, ScpFileEntry } from "@scpkit/source";
import { joinPath } from "../evaluate-policy.ts";

/** An entry with a known `path`. */
export type LocatedEntry = (ScpFileEntry | ScpDirectoryEntry) & { readonly path: string };

/** Called with each file and directory of a tree before it is opened or listed. If it throws, the entry fails. */
export type EntryLayer = (entry: LocatedEntry) => Awaitable<ScpEntry>;

/**
 * Applies `layer` to the entries and to those of all directories below them.
 *
 * @param directory path of the directory that holds the entries without a `path`
 */
export async function* wrapEntries(entries: ScpEntries, layer: EntryLayer, directory = ""): AsyncGenerator<ScpEntry> {
  for await (const entry of entries) {
    yield entry.type === "failed" ? entry : await wrapEntry(entry, layer, directory);
  }
}

/**
 * Returns the same entry with some of its properties replaced. Entries may be instances of classes, so they are not
 * spread.
 */
export function changeFile<Changes extends Partial<Omit<ScpFileEntry, "type">>>(
  entry: ScpFileEntry,
  changes: Changes,
): ScpFileEntry & Changes {
  const { path, name, mode, size, times } = entry;
  return { type: "file", path, name, mode, size, times, open: (context) => entry.open(context), ...changes };
}

/** Does the same as {@link changeFile} for a directory. */
export function changeDirectory<Changes extends Partial<Omit<ScpDirectoryEntry, "type">>>(
  entry: ScpDirectoryEntry,
  changes: Changes,
): ScpDirectoryEntry & Changes {
  const { path, name, mode, times } = entry;
  return { type: "directory", path, name, mode, times, entries: (context) => entry.entries(context), ...changes };
}

async function wrapEntry(
  entry: ScpFileEntry | ScpDirectoryEntry,
  layer: EntryLayer,
  directory: string,
): Promise<ScpEntry> {
  try {
    const located = locate(entry, directory);
    const wrapped = await layer(located);
    if (wrapped.type !== "directory") return wrapped;
    const entries: ScpDirectoryEntry["entries"] = (context) =>
      wrapEntries(wrapped.entries(context), layer, located.path);
    return changeDirectory(wrapped, { entries });
  } catch (error) {
    return { type: "failed", name: entry.name, error };
  }
}

function locate(entry: ScpFileEntry | ScpDirectoryEntry, directory: string): LocatedEntry {
  if (isLocated(entry)) return entry;
  const path = joinPath(directory, typeof entry.name === "string" ? entry.name : entry.name.text);
  return entry.type === "file" ? changeFile(entry, { path }) : changeDirectory(entry, { path });
}

function isLocated(entry: ScpFileEntry | ScpDirectoryEntry): entry is LocatedEntry {
  return entry.path !== undefined;
}

/**
 * Returns the last component of the path of an entry. The root has none, so the name that it is sent under is returned.
 */
export function storedName({ path, name }: LocatedEntry): ScpName {
  const sent = typeof name === "string" ? createName(name) : name;
  const last = path.slice(path.lastIndexOf("/") + 1);
  return last === "" || last === sent.text ? sent : createName(last);
}
