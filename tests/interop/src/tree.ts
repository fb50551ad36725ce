import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What {@link snapshot} looks at besides names, kinds and contents. */
export interface SnapshotOptions {
  /** Of files and directories. */
  readonly modes?: boolean | undefined;
  /** Whole seconds, of files and directories. */
  readonly times?: boolean | undefined;
}

/** Everything below a path, one line each, sorted; names byte for byte, as Latin-1. */
export function snapshot(path: string | Buffer, options: SnapshotOptions = {}): string[] {
  const lines: string[] = [];
  look(Buffer.from(path), "", options, lines);
  return lines.sort();
}

/** A tree with empty files and directories, several sizes, modes and times. */
export function makeTree(path: string): void {
  mkdirSync(join(path, "sub", "deep"), { recursive: true });
  mkdirSync(join(path, "empty directory"));
  const files: readonly (readonly [string, number, number])[] = [
    ["empty", 0, 0o644],
    ["one", 1, 0o600],
    ["sub/block", 32_768, 0o755],
    ["sub/deep/odd", 100_001, 0o640],
    ["sub/deep/megabytes", 3_000_000, 0o444],
  ];
  for (const [name, size, mode] of files) {
    const bytes = Buffer.alloc(size);
    for (let index = 0; index < size; index += 1) bytes[index] = (index * 31 + (index >> 8)) & 0xff;
    writeFileSync(join(path, name), bytes);
    chmodSync(join(path, name), mode);
    utimesSync(join(path, name), 1_000_000_000, 1_234_567_890 + size);
  }
  chmodSync(join(path, "sub"), 0o750);
  for (const name of ["empty directory", "sub/deep", "sub", "."]) utimesSync(join(path, name), 1, 987_654_321);
}

function look(path: Buffer, name: string, options: SnapshotOptions, lines: string[]): void {
  const stats = lstatSync(path);
  const mode = options.modes ? ` ${(stats.mode & 0o7777).toString(8)}` : "";
  const time = options.times ? ` ${Math.floor(stats.mtimeMs / 1000)}` : "";
  if (stats.isFile()) {
    const hash = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);
    lines.push(`${JSON.stringify(name)} file${mode}${time} ${stats.size} ${hash}`);
    return;
  }
  lines.push(`${JSON.stringify(name)} ${stats.isDirectory() ? "directory" : "other"}${mode}${time}`);
  if (!stats.isDirectory()) return;
  for (const child of readdirSync(path, { encoding: "buffer" })) {
    const below = Buffer.concat([path, Buffer.from("/"), child]);
    look(below, `${name}/${child.toString("latin1")}`, options, lines);
  }
}
