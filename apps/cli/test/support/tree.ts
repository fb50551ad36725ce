import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One thing of a tree, as `sameTree` compares it. */
export interface TreeEntry {
  readonly path: string;
  /** In octal, file type left out. */
  readonly mode: string;
  /** Content in base64; `undefined` for what is no file. */
  readonly content: string | undefined;
  /** Seconds, or that it was changed since the tests began; `undefined` when times are not compared. */
  readonly mtime: number | "new" | undefined;
}

const beginning = Math.floor(Date.now() / 1000) - 60;

/** Everything below `folder`, sorted by path. */
export function readTree(folder: string, options: { readonly times?: boolean } = {}): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const visit = (relative: string): void => {
    for (const name of readdirSync(join(folder, relative), { encoding: "latin1" }).sort()) {
      const path = relative === "" ? name : `${relative}/${name}`;
      const raw = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, "latin1")]);
      const stats = lstatSync(raw);
      const mode = (stats.mode & 0o7777).toString(8);
      const seconds = Math.floor(stats.mtimeMs / 1000);
      const mtime = options.times === true ? (seconds > beginning ? "new" : seconds) : undefined;
      const content = stats.isFile() ? readFileSync(raw).toString("base64") : undefined;
      entries.push({ path, mode, content, mtime });
      if (stats.isDirectory()) visit(path);
    }
  };
  visit("");
  return entries;
}
