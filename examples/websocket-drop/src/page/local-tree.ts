import type { ScpEntry } from "@scpkit/source";

/** A file or folder that was dropped or chosen. Browsers know no modes; what cannot be read is an entry that says so. */
export type LocalEntry =
  | { readonly type: "file"; readonly name: string; readonly file: File }
  | { readonly type: "directory"; readonly name: string; readonly children: LocalEntry[] }
  | { readonly type: "failed"; readonly name: string; readonly error: unknown };

const fileMode = 0o644;
const directoryMode = 0o755;

/**
 * What a drop brought. To be called inside the event: the browser forgets it afterwards.
 *
 * @returns the entries once all folders have been listed; no file has been opened
 */
export function readDrop({ items }: DataTransfer): Promise<LocalEntry[]> {
  const dropped = [...items].filter(({ kind }) => kind === "file");
  return Promise.all(
    dropped.map((item) => {
      const entry = item.webkitGetAsEntry();
      const file = item.getAsFile();
      if (entry !== null) return readEntry(entry);
      return file === null ? failed("?", new Error("The browser does not let the page read it")) : fromFile(file);
    }),
  );
}

/** What a file input holds: plain files, or those of one folder with their relative paths. */
export function readInput(files: FileList): LocalEntry[] {
  const top: LocalEntry[] = [];
  const folders = new Map<string, LocalEntry[]>([["", top]]);
  for (const file of files) {
    const path = file.webkitRelativePath === "" ? file.name : file.webkitRelativePath;
    const slash = path.lastIndexOf("/");
    folderAt(slash === -1 ? "" : path.slice(0, slash)).push(fromFile(file));
  }
  return top;

  function folderAt(path: string): LocalEntry[] {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf("/");
    const children: LocalEntry[] = [];
    folders.set(path, children);
    folderAt(slash === -1 ? "" : path.slice(0, slash)).push({
      type: "directory",
      name: path.slice(slash + 1),
      children,
    });
    return children;
  }
}

/** Files and bytes of a tree. */
export function measure(entries: readonly LocalEntry[]): { readonly files: number; readonly bytes: number } {
  let files = 0;
  let bytes = 0;
  for (const entry of entries) {
    const part = entry.type === "directory" ? measure(entry.children) : { files: 1, bytes: 0 };
    files += part.files;
    bytes += entry.type === "file" ? entry.file.size : part.bytes;
  }
  return { files, bytes };
}

/** The same as entries to send; each file is read when its turn comes. */
export function* toScpEntries(entries: readonly LocalEntry[]): Generator<ScpEntry> {
  for (const entry of entries) {
    const { name } = entry;
    if (entry.type === "failed") yield entry;
    else if (entry.type === "directory") {
      yield { type: "directory", name, mode: directoryMode, entries: () => toScpEntries(entry.children) };
    } else {
      const { file } = entry;
      const times = { mtimeMs: file.lastModified, atimeMs: file.lastModified };
      yield { type: "file", name, mode: fileMode, size: file.size, times, open: () => file.stream() };
    }
  }
}

async function readEntry(entry: FileSystemEntry): Promise<LocalEntry> {
  try {
    if (isDirectory(entry)) {
      return { type: "directory", name: entry.name, children: await readChildren(entry.createReader()) };
    }
    return fromFile(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
  } catch (error) {
    return failed(entry.name, error);
  }
}

async function readChildren(reader: FileSystemDirectoryReader): Promise<LocalEntry[]> {
  const children: LocalEntry[] = [];
  for (;;) {
    // At most 100 at a time, then none.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return children;
    children.push(...(await Promise.all(some.map(readEntry))));
  }
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function fromFile(file: File): LocalEntry {
  return { type: "file", name: file.name, file };
}

function failed(name: string, error: unknown): LocalEntry {
  return { type: "failed", name, error };
}
