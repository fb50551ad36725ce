import { lstatSync, readdirSync, readFileSync } from "node:fs";

/** An entry of a tree. */
export interface Snapshot {
  readonly type: "file" | "directory" | "other";
  readonly mode: number;
  /** Whole seconds, or `"now"` if the time was not set. */
  readonly mtime: number | "now";
  readonly atime: number | "now";
  /** The bytes of a file, as latin1. */
  readonly content: string;
}

/** Everything below a folder, by path; names are bytes as latin1. */
export type Tree = ReadonlyMap<string, Snapshot>;

/** @param startMs start of the transfer; later changes count as `"now"` */
export function takeSnapshot(folder: string, startMs: number): Tree {
  const tree = new Map<string, Snapshot>();
  const seconds = (ms: number): number | "now" => {
    // One second of tolerance, because file systems store coarse times.
    return ms >= startMs - 1_000 && ms <= Date.now() + 1_000 ? "now" : Math.floor(ms / 1000);
  };
  const look = (path: Buffer, own: string): void => {
    const stats = lstatSync(path);
    const type = stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
    const [mtime, atime] = [seconds(stats.mtimeMs), seconds(stats.atimeMs)];
    const content = type === "file" ? readFileSync(path, "latin1") : "";
    tree.set(own, { type, mode: stats.mode & 0o7777, mtime, atime, content });
    if (type === "directory") walk(path, `${own}/`);
  };
  const walk = (path: Buffer, prefix: string): void => {
    const children = readdirSync(path, { encoding: "buffer" }).sort(Buffer.compare);
    for (const name of children) {
      look(Buffer.concat([path, Buffer.from("/"), name]), `${prefix}${name.toString("latin1")}`);
    }
  };
  walk(Buffer.from(folder), "");
  return tree;
}
