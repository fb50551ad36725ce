import type { ScpBody, ScpEntries, ScpEntry, ScpFileEntry } from "@scpkit/source";
import type { ScpSourceDirectory, ScpSourceFile } from "./source-fixture.ts";
import { expect, pattern } from "./suite-case.ts";

export function file(size: number): ScpSourceFile {
  return { type: "file", bytes: pattern(size) };
}

export function directory(children: ScpSourceDirectory["children"]): ScpSourceDirectory {
  return { type: "directory", children };
}

export function context(path: string): { readonly path: string; readonly signal: AbortSignal } {
  return { path, signal: new AbortController().signal };
}

export async function collect(entries: ScpEntries): Promise<ScpEntry[]> {
  const found: ScpEntry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

export async function only(entries: ScpEntries): Promise<ScpEntry> {
  const [entry, ...more] = await collect(entries);
  if (entry === undefined) throw new Error("There is no entry");
  if (more.length > 0) throw new Error(`There are ${more.length + 1} entries instead of one`);
  return entry;
}

export async function childrenOf(entry: ScpEntry): Promise<ScpEntry[]> {
  if (entry.type !== "directory") throw new Error(`${describe(entry)} instead of a directory`);
  return collect(entry.entries(context(nameOf(entry))));
}

export function named(entries: readonly ScpEntry[], name: string): ScpEntry {
  const found = entries.find((entry) => nameOf(entry) === name);
  if (found === undefined) throw new Error(`There is no entry ${JSON.stringify(name)}`);
  return found;
}

export function nameOf({ name }: ScpEntry): string {
  return typeof name === "string" ? name : name.text;
}

/** Returns the file as it is sent: the attributes of the opened file replace those of the entry. */
export async function openedFile(
  entry: ScpEntry | undefined,
): Promise<Pick<ScpFileEntry, "mode" | "size" | "times"> & { body: ScpBody }> {
  if (entry?.type !== "file") throw new Error(`${describe(entry)} instead of a file`);
  const { mode, size, times } = entry;
  const opened = await entry.open(context(nameOf(entry)));
  if (opened instanceof Uint8Array || !("body" in opened)) return { mode, size, times, body: opened };
  return { body: opened.body, size: opened.size, mode: opened.mode ?? mode, times: opened.times ?? times };
}

export async function openBody(entry: ScpEntry): Promise<ScpBody> {
  return (await openedFile(entry)).body;
}

export async function expectFile(entry: ScpEntry | undefined, name: string, bytes: Uint8Array): Promise<void> {
  const { size, body } = await openedFile(entry);
  expect("name of the file", entry && nameOf(entry), name);
  expect(`announced size of the file ${JSON.stringify(name)}`, size, bytes.byteLength);
  let from = 0;
  for await (const chunk of body instanceof Uint8Array ? [body] : chunksOf(body)) {
    const differs = chunk.findIndex((byte, index) => byte !== bytes[from + index]);
    if (differs !== -1) throw new Error(`The body of ${JSON.stringify(name)} differs from byte ${from + differs} on`);
    from += chunk.byteLength;
  }
  expect(`size of the body of ${JSON.stringify(name)}`, from, bytes.byteLength);
}

// Some browser versions cannot use `for await` over the stream itself.
export async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

/** Checks the paths of entries. An entry without a path has that of its directory and its name. */
export async function expectPaths(entries: readonly ScpEntry[], directory: string): Promise<void> {
  for (const entry of entries) {
    if (entry.type === "failed") throw new Error(describe(entry));
    const expected = `${directory}${nameOf(entry)}`;
    expect("declared path of an entry", entry.path ?? expected, expected);
    if (entry.type === "directory") await expectPaths(await childrenOf(entry), `${expected}/`);
  }
}

export function expectNames(entries: readonly ScpEntry[], names: readonly string[]): void {
  const failed = entries.find((entry) => entry.type === "failed");
  if (failed !== undefined) throw new Error(describe(failed));
  expect("names", JSON.stringify(entries.map(nameOf).sort()), JSON.stringify([...names].sort()));
}

export function describe(entry: ScpEntry | undefined): string {
  if (entry === undefined) return "There is no entry";
  if (entry.type !== "failed") return `The entry ${JSON.stringify(nameOf(entry))} is a ${entry.type}`;
  return `The entry ${JSON.stringify(nameOf(entry))} failed: ${entry.error}`;
}
