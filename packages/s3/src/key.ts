import { nameProblem, type ScpName } from "@scpkit/codec";
import { ScpS3Error } from "./s3-error.ts";

/** The maximum length of a key in S3, in bytes of UTF-8. */
export const maxKeyBytes = 1024;

const encoder = new TextEncoder();

/** A location among the keys of a bucket. */
export interface KeyPath {
  /** The key without a trailing slash; empty for the whole bucket. */
  readonly key: string;
  /** The path below the root, for messages: `""` for the root itself. */
  readonly label: string;
  /** Whether it is the root itself, or was written with a trailing slash. */
  readonly isDirectory: boolean;
}

/** Returns the prefix of all keys in the directory `key`. */
export function prefixOf(key: string): string {
  return key === "" ? "" : `${key}/`;
}

/** Returns the root without leading, trailing and repeated slashes. */
export function normalizeRoot(root: string): string {
  const parts = root.split("/").filter((part) => part !== "");
  if (parts.some((part) => part === "." || part === "..")) {
    throw new TypeError(`The root ${JSON.stringify(root)} must not contain "." or ".."`);
  }
  return parts.join("/");
}

/**
 * Resolves `path` below `root`, as text only: `.` and empty components are dropped, `..` removes one. A leading slash
 * means the root.
 *
 * @throws {ScpS3Error} `outside-root`, `name-not-storable`, `ENAMETOOLONG`
 */
export function resolvePath(root: string, path: string): KeyPath {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) throw new ScpS3Error(path, "outside-root");
  }
  const label = parts.join("/");
  if (!label.isWellFormed() || label.includes("\0")) throw new ScpS3Error(path, "name-not-storable");
  const key = root === "" ? label : label === "" ? root : `${root}/${label}`;
  checkLength(key, label);
  return { key, label, isDirectory: label === "" || /(?:^|\/)\.{0,2}$/.test(path) };
}

/**
 * Returns the key of an entry in the directory `key`.
 *
 * @throws {ScpS3Error} `name-not-storable`, `ENAMETOOLONG`
 */
export function childKey(key: string, name: ScpName, label: string): string {
  const problem = nameProblem(name) ?? (name.exact ? undefined : "it is not UTF-8, as keys are");
  if (problem !== undefined) throw new ScpS3Error(label, "name-not-storable", `The name cannot be stored: ${problem}`);
  const child = `${prefixOf(key)}${name.text}`;
  checkLength(child, label);
  return child;
}

/** Returns the path of an entry in the directory `label`. */
export function childLabel(label: string, name: string): string {
  return label === "" ? name : `${label}/${name}`;
}

/** Returns the last component of a key. */
export function lastName(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

// A directory needs one more byte for its marker.
function checkLength(key: string, label: string): void {
  if (key.length * 3 < maxKeyBytes) return;
  if (encoder.encode(key).byteLength >= maxKeyBytes) throw new ScpS3Error(label, "ENAMETOOLONG");
}
