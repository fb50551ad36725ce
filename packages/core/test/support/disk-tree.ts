import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What to make: text or bytes are a file, an object is a directory. */
export interface TreeSpec {
  readonly [name: string]: TreeSpec | string | Uint8Array | TreeNode;
}

/** A file or directory with a mode and a time of its own. */
export interface TreeNode {
  readonly node: true;
  readonly content: TreeSpec | string | Uint8Array;
  readonly mode: number;
  readonly mtime: number;
}

export function withMode(mode: number, content: TreeNode["content"], mtime = 1_600_000_000): TreeNode {
  return { node: true, content, mode, mtime };
}

/** Makes a tree of files and directories; modes and times are set from the leaves up. */
export function makeTree(root: string, spec: TreeSpec): void {
  mkdirSync(root, { recursive: true });
  for (const [name, value] of Object.entries(spec)) {
    const path = join(root, name);
    const { content, mode, mtime } = isNode(value) ? value : { content: value, mode: undefined, mtime: undefined };
    if (typeof content === "string" || content instanceof Uint8Array) writeFileSync(path, content);
    else makeTree(path, content);
    if (mode !== undefined) chmodSync(path, mode);
    if (mtime !== undefined) utimesSync(path, mtime - 1000, mtime);
  }
}

/** One line for each file and directory: type, mode, where asked whole seconds of its time, and what is in it. */
export function readTree(root: string, options: { readonly times?: boolean } = {}): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string, name: string): void => {
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    const time = options.times === true ? ` ${Math.floor(stat.mtimeMs / 1000)}` : "";
    if (stat.isDirectory()) {
      found[name] = `d ${mode}${time}`;
      for (const child of readdirSync(path).sort()) visit(join(path, child), `${name}/${child}`);
    } else {
      const bytes = readFileSync(path);
      const content = bytes.length > 64 ? createHash("sha256").update(bytes).digest("hex") : bytes.toString("latin1");
      found[name] = `f ${mode}${time} ${bytes.length} ${content}`;
    }
  };
  for (const child of readdirSync(root).sort()) visit(join(root, child), child);
  return found;
}

const folders: string[] = [];

/** A folder under the system's temporary one, until {@link removeTemporaryFolders}. */
export function temporaryFolder(uid?: number): string {
  const path = mkdtempSync(join(tmpdir(), "scpkit-test-"));
  folders.push(path);
  if (uid !== undefined) chownSync(path, uid, uid);
  return path;
}

/** For `afterEach` of a suite: Deno does not call `t.after` of tests inside one. */
export function removeTemporaryFolders(): void {
  for (const path of folders.splice(0)) removeFolder(path);
}

/** For a folder that outlives a test: not removed by {@link removeTemporaryFolders}. */
export function keepFolder(path: string): string {
  folders.splice(folders.indexOf(path), 1);
  return path;
}

/** Removes a folder with everything in it, also where its modes would not allow it. */
export function removeFolder(path: string): void {
  unlock(path);
  rmSync(path, { recursive: true, force: true });
}

function unlock(path: string): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) unlock(join(path, name));
}

function isNode(value: TreeSpec[string]): value is TreeNode {
  return typeof value === "object" && "node" in value && value.node === true;
}
