import { createHash } from "node:crypto";
import { createReadStream, type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** The contents of a file or a tree. */
export interface Inventory {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  /** Mode and modification second of every file and directory below the root, one per line, sorted by path. */
  readonly attributes: string;
}

/** Counts the entries at `path`: a file, or everything in a directory. The directory itself is not counted. */
export function takeInventory(path: string): Inventory {
  const lines: string[] = [];
  const sum = { files: 0, directories: 0, bytes: 0 };
  const visit = (at: string, label: string): void => {
    const stats = statSync(at);
    if (label !== "") {
      lines.push(`${label} ${(stats.mode & 0o7777).toString(8)} ${Math.floor(stats.mtimeMs / 1000)}`);
    }
    if (!stats.isDirectory()) {
      sum.files += 1;
      sum.bytes += stats.size;
      return;
    }
    if (label !== "") sum.directories += 1;
    for (const entry of sorted(at)) visit(join(at, entry.name), `${label}/${entry.name}`);
  };
  visit(path, "");
  return { ...sum, attributes: lines.join("\n") };
}

/**
 * Returns why `actual` is not a correct copy of `expected`, or `undefined` if it is. Attributes are only compared if
 * they should be preserved.
 */
export function inventoryProblem(expected: Inventory, actual: Inventory, preserved: boolean): string | undefined {
  if (actual.files !== expected.files) return `${actual.files} files arrived instead of ${expected.files}`;
  if (actual.bytes !== expected.bytes) return `${actual.bytes} bytes arrived instead of ${expected.bytes}`;
  if (actual.directories !== expected.directories) {
    return `${actual.directories} directories arrived instead of ${expected.directories}`;
  }
  if (!preserved || actual.attributes === expected.attributes) return undefined;
  const wanted = new Set(expected.attributes.split("\n"));
  const wrong = actual.attributes.split("\n").filter((line) => !wanted.has(line));
  return `${wrong.length} modes or times differ, the first ${JSON.stringify(wrong[0])}`;
}

/** Returns the SHA-256 of one file, in hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest("hex");
}

/** Reads every byte at `path` once, so that it is in the page cache. */
export async function readAll(path: string): Promise<void> {
  if (statSync(path).isDirectory()) {
    for (const entry of sorted(path)) await readAll(join(path, entry.name));
    return;
  }
  for await (const _ of createReadStream(path, { highWaterMark: 1024 * 1024 }));
}

function sorted(directory: string): Dirent[] {
  return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}
