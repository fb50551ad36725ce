import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** Generated folders, at any depth. */
export const generatedFolders: ReadonlySet<string> = new Set(["node_modules", "dist", ".turbo"]);

/** The compared properties of a file or directory. */
export interface InventoryItem {
  readonly type: "file" | "directory";
  /** Permission bits. */
  readonly mode: number;
  /** Whole seconds, as in SCP. */
  readonly mtimeSeconds: number;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  /** The digest of a file, in hexadecimal. */
  readonly sha256: string | undefined;
}

/** Reads everything below a path; keys are paths relative to `name`. */
export async function takeInventory(path: string, name: string): Promise<Map<string, InventoryItem>> {
  const items = new Map<string, InventoryItem>();
  await add(items, path, name);
  return items;
}

/** Returns the differences, one line each. */
export function compareInventories(
  expected: ReadonlyMap<string, InventoryItem>,
  actual: ReadonlyMap<string, InventoryItem>,
): string[] {
  const differences: string[] = [];
  for (const [name, item] of expected) {
    const other = actual.get(name);
    if (other === undefined) differences.push(`${name} is missing`);
    else differences.push(...compareItems(name, item, other));
  }
  for (const name of actual.keys()) if (!expected.has(name)) differences.push(`${name} is not in the original`);
  return differences;
}

function compareItems(name: string, item: InventoryItem, other: InventoryItem): string[] {
  const keys = ["type", "mode", "mtimeSeconds", "size", "sha256"] as const;
  return keys
    .filter((key) => item[key] !== other[key])
    .map((key) => `${name} differs in ${key}: ${item[key]} became ${other[key]}`);
}

async function add(items: Map<string, InventoryItem>, path: string, name: string): Promise<void> {
  const stats = await lstat(path);
  const common = { mode: stats.mode & 0o777, mtimeSeconds: Math.floor(stats.mtimeMs / 1000) };
  if (stats.isFile()) {
    items.set(name, { type: "file", ...common, size: stats.size, sha256: await hashFile(path) });
    return;
  }
  if (!stats.isDirectory()) return;
  items.set(name, { type: "directory", ...common, size: 0, sha256: undefined });
  for (const child of await readdir(path)) {
    if (!generatedFolders.has(child)) await add(items, join(path, child), `${name}/${child}`);
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest("hex");
}
