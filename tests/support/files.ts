import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/**
 * Creates an empty directory that every user may enter, and removes it after the test.
 *
 * @param owner the user and group id of the directory; the default is the current user
 */
export function tempDir(t: Pick<TestContext, "after">, owner?: number): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "scpkit-test-")));
  t.after(() => removeDir(path));
  chmodSync(path, 0o755);
  if (owner !== undefined) chownSync(path, owner, owner);
  return path;
}

/** Removes a directory with its contents, including directories whose mode does not allow it. */
export function removeDir(path: string): void {
  const unlock = (directory: string): void => {
    chmodSync(directory, 0o700);
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) unlock(join(directory, entry.name));
    }
  };
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    unlock(path);
    rmSync(path, { recursive: true, force: true });
  }
}

/** The contents of a directory by name. Text and bytes are files, objects are directories. */
export interface TreeSpec {
  readonly [name: string]: TreeSpec | string | Uint8Array | TreeNode;
}

/** A file or directory with a mode and a modification time. */
export interface TreeNode {
  readonly node: true;
  readonly content: TreeSpec | string | Uint8Array;
  readonly mode: number;
  /** In seconds. */
  readonly mtime: number;
}

/** Gives a file or directory of a {@link TreeSpec} a mode and a time. */
export function withMode(mode: number, content: TreeNode["content"], mtime = 1_600_000_000): TreeNode {
  return { node: true, content, mode, mtime };
}

/** Writes files and directories below `root`. Access times are 1000 seconds before modification times. */
export function writeTree(root: string, spec: TreeSpec): void {
  mkdirSync(root, { recursive: true });
  for (const [name, value] of Object.entries(spec)) {
    const path = join(root, name);
    const { content, mode, mtime } = isNode(value) ? value : { content: value, mode: undefined, mtime: undefined };
    if (typeof content === "string" || content instanceof Uint8Array) writeFileSync(path, content);
    else writeTree(path, content);
    if (mode !== undefined) chmodSync(path, mode);
    if (mtime !== undefined) utimesSync(path, mtime - 1000, mtime);
  }
}

function isNode(value: TreeSpec[string]): value is TreeNode {
  return typeof value === "object" && "node" in value && value.node === true;
}

/** What {@link readTree} reports besides types and contents. */
export interface ReadTreeOptions {
  /** Permission bits. @default false */
  readonly modes?: boolean | undefined;
  /** Modification times in whole seconds. @default false */
  readonly times?: boolean | undefined;
  /** Includes `root` itself, under the name `""`. @default false */
  readonly self?: boolean | undefined;
}

/**
 * Describes everything below a directory: by path, in order, `"directory 755 @1600000000"` or `"file 644 @1600000000 5
 * hello"`. Contents of more than 64 bytes are hashed. Each byte of a name or content is one character.
 */
export function readTree(root: string, options: ReadTreeOptions = {}): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: Buffer, name: string): void => {
    const stats = lstatSync(path);
    const type = stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
    const words = [type];
    if (options.modes === true) words.push((stats.mode & 0o7777).toString(8));
    if (options.times === true) words.push(`@${Math.floor(stats.mtimeMs / 1000)}`);
    if (type === "file") words.push(String(stats.size), describeContent(readFileSync(path)));
    if (name !== "" || options.self === true) found[name] = words.join(" ");
    if (type !== "directory") return;
    for (const child of readdirSync(path, { encoding: "buffer" }).sort(Buffer.compare)) {
      const text = child.toString("latin1");
      visit(Buffer.concat([path, Buffer.from("/"), child]), name === "" ? text : `${name}/${text}`);
    }
  };
  visit(Buffer.from(root), "");
  return found;
}

function describeContent(bytes: Buffer): string {
  return bytes.length > 64 ? createHash("sha256").update(bytes).digest("hex") : bytes.toString("latin1");
}
