import { createName, escapeText, type ScpName } from "@scpkit/codec";

/** A path for `node:fs`: text if text represents it exactly, otherwise bytes. */
export type FsPath = string | Buffer;

/**
 * Whether the runtime passes the bytes of a `Buffer` path to the system unchanged. Deno decodes them as UTF-8 (2.9: a
 * byte 0xFF becomes U+FFFD), and Windows does not support byte paths.
 */
export const rawPaths: boolean = !("Deno" in globalThis) && process.platform !== "win32";

const separators = process.platform === "win32" ? /[/\\]/ : /\//;

/**
 * Returns the caller's path in the form that `node:fs` accepts; {@link usablePath} returns whether the runtime
 * preserves its bytes.
 */
export function toFsPath(path: string | Uint8Array): FsPath {
  if (typeof path === "string") return path;
  const { text, exact } = createName(path);
  return exact ? text : Buffer.from(path);
}

/** Returns whether the runtime can use this path. */
export function usablePath(path: FsPath): boolean {
  return typeof path === "string" || rawPaths;
}

/** @param prefix empty, or a directory with its closing slash */
export function childPath(prefix: FsPath, name: ScpName): FsPath {
  if (typeof prefix === "string" && name.exact) return prefix + name.text;
  return Buffer.concat([toBytes(prefix), name.bytes]);
}

/**
 * Returns a directory's path as a prefix for its children. `/` stays `/`, and the empty path stays the working
 * directory.
 */
export function asPrefix(path: FsPath): FsPath {
  if (path.length === 0) return path;
  if (typeof path === "string") return separators.test(path.slice(-1)) ? path : `${path}/`;
  return path.at(-1) === 0x2f ? path : Buffer.concat([path, Buffer.from("/")]);
}

/** Turns `dir//` into `dir`; `/` stays. OpenSSH's source does the same with its operands. */
export function stripTrailingSlashes(path: FsPath): FsPath {
  let end = path.length;
  while (end > 1 && isSeparator(path, end - 1)) end -= 1;
  return typeof path === "string" ? path.slice(0, end) : path.subarray(0, end);
}

/**
 * Splits a path without trailing slashes into the part before its last component, including the slash, and that
 * component.
 */
export function splitPath(path: FsPath): { readonly prefix: FsPath; readonly name: ScpName } {
  let start = path.length;
  while (start > 0 && !isSeparator(path, start - 1)) start -= 1;
  return typeof path === "string"
    ? { prefix: path.slice(0, start), name: createName(path.slice(start)) }
    : { prefix: path.subarray(0, start), name: createName(Uint8Array.from(path.subarray(start))) };
}

/** Returns the components of a path without empty ones. */
export function components(path: FsPath): ScpName[] {
  if (typeof path === "string") {
    return path
      .split(separators)
      .filter((part) => part !== "")
      .map((part) => createName(part));
  }
  const names: ScpName[] = [];
  let start = 0;
  for (let index = 0; index <= path.length; index += 1) {
    if (index < path.length && path[index] !== 0x2f) continue;
    if (index > start) names.push(createName(Uint8Array.from(path.subarray(start, index))));
    start = index + 1;
  }
  return names;
}

/**
 * Returns a path as entries and targets declare it: text, with slashes between the names. Invalid UTF-8 becomes U+FFFD.
 */
export function storagePath(path: FsPath): string {
  const text = typeof path === "string" ? path : path.toString("utf8");
  return process.platform === "win32" ? text.replaceAll("\\", "/") : text;
}

/** Returns a path for display: on one line and safe on a terminal; invalid UTF-8 becomes U+FFFD. */
export function displayPath(path: FsPath): string {
  return escapeText(typeof path === "string" ? path : path.toString("utf8"));
}

export function toBytes(path: FsPath): Buffer {
  return typeof path === "string" ? Buffer.from(path) : path;
}

function isSeparator(path: FsPath, index: number): boolean {
  return typeof path === "string" ? separators.test(path.charAt(index)) : path[index] === 0x2f;
}
