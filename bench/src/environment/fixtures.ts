import { createCipheriv } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { hashFile, type Inventory, readAll, takeInventory } from "./inventory.ts";

/** Something to copy, on disk and in the page cache. */
export interface Fixture {
  readonly path: string;
  readonly shape: "file" | "tree";
  readonly inventory: Inventory;
  /** SHA-256 of a file's bytes. For trees, counts and sizes are compared. */
  readonly sha256?: string | undefined;
}

/** Creates a fixture at a path. */
export type FixtureRecipe = (path: string) => void;

const mebi = 1024 * 1024;

/** Creates a file of pseudo-random bytes, the same on every machine. */
export function randomFile(bytes: number): FixtureRecipe {
  return (path) => {
    const keystream = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16));
    const zeros = Buffer.alloc(mebi);
    const descriptor = openSync(path, "wx");
    for (let left = bytes; left > 0; left -= zeros.length) {
      writeSync(descriptor, keystream.update(zeros.subarray(0, Math.min(left, zeros.length))));
    }
    closeSync(descriptor);
  };
}

/** Creates a file of zeros that uses no disk space. */
export function sparseFile(bytes: number): FixtureRecipe {
  return (path) => {
    writeFileSync(path, "", { flag: "wx" });
    truncateSync(path, bytes);
  };
}

/**
 * Creates `files` files of 1 KiB, spread evenly over `directories` directories, each with its own modification time.
 */
export function smallFiles(files: number, directories: number): FixtureRecipe {
  return (path) => {
    const body = Buffer.alloc(1024);
    for (let directory = 0; directory < directories; directory += 1) {
      const folder = join(path, `directory-${directory}`);
      mkdirSync(folder, { recursive: true });
      for (let index = directory; index < files; index += directories) {
        const file = join(folder, `file-${String(index).padStart(4, "0")}.txt`);
        body.fill(`file ${index}\n`);
        writeFileSync(file, body);
        utimesSync(file, 1_600_000_000 + index, 1_500_000_000 + index);
      }
      utimesSync(folder, 1_600_000_000, 1_400_000_000 + directory);
    }
  };
}

/**
 * Copies from `root` the first `files` regular files of at most 4 MiB, in order of name, without symbolic links and
 * version control.
 *
 * Links are omitted because the peers treat them differently: scp follows them, tar and rsync keep them. Large files,
 * which in this repository are the executables of Bun, Deno and the build tools, are omitted because there is a case
 * for large files.
 */
export function sourceTree(root: string, files: number): FixtureRecipe {
  return (path) => copyTree(root, path, { files });
}

const leftOut = new Set([".git", ".turbo", ".cache"]);

function copyTree(from: string, to: string, left: { files: number }): void {
  mkdirSync(to);
  const entries = readdirSync(from, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const source = join(from, entry.name);
    const stats = lstatSync(source, { throwIfNoEntry: false });
    if (stats === undefined || left.files === 0 || leftOut.has(entry.name)) continue;
    const target = join(to, entry.name);
    if (stats.isDirectory()) copyTree(source, target, left);
    if (stats.isFile() && stats.size <= 4 * mebi) {
      copyFileSync(source, target);
      left.files -= 1;
      // Whole seconds: scp sends no fractions, and a copy must compare equal.
      const seconds = Math.floor(stats.mtimeMs / 1000);
      utimesSync(target, seconds, seconds);
    }
  }
  utimesSync(to, 1_600_000_000, 1_400_000_000);
}

/** Creates a fixture, and reads it once so that every peer finds it in the page cache. */
export async function prepareFixture(path: string, recipe: FixtureRecipe): Promise<Fixture> {
  mkdirSync(dirname(path), { recursive: true });
  recipe(path);
  await readAll(path);
  const shape = statSync(path).isDirectory() ? "tree" : "file";
  const sha256 = shape === "file" ? await hashFile(path) : undefined;
  return { path, shape, inventory: takeInventory(path), sha256 };
}
