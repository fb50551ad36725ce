import { createName, escapeText, type ScpName } from "@scpkit/codec";

/** A path for `node:fs`: text where text says it exactly, else the bytes. */
export type FsPath = string | Buffer;

/**
 * Whether the runtime hands the bytes of a `Buffer` path to the system unchanged. Deno decodes them as UTF-8
 * (2.9: a byte 0xFF becomes U+FFFD), and Windows has no byte paths.
 */
export const rawPaths: boolean = !("Deno" in globalThis) && process.platform !== "win32";

const separators = process.platform === "win32" ? /[/\\]/ : /\//;

/** The caller's path in the form `node:fs` takes; {@link usablePath} returns whether the runtime preserves its bytes. */
export function toFsPath(path: string | Uint8Array): FsPath {
  if (typeof path === "string") return path;
  const { text, exact } = createName(path);
  return exact ? text : Buffer.from(path);
}

/** Whether the runtime can use this path. */
export function usablePath(path: FsPath): boolean {
  return typeof path === "string" || rawPaths;
}

/** @param prefix empty, or a directory with its closing slash */
export function childPath(prefix: FsPath, name: ScpName): FsPath {
  if (typeof prefix === "string" && name.exact) return prefix + name.text;
  return Buffer.concat([toBytes(prefix), name.bytes]);
}

/** A directory's path as a prefix of its children's. `/` stays `/`, and the empty path stays the working directory. */
export function asPrefix(path: FsPath): FsPath {
  if (path.length === 0) return path;
  if (typeof path === "string") return separators.test(path.slice(-1)) ? path : `${path}/`;
  return path.at(-1) === 0x2f ? path : Buffer.concat([path, Buffer.from("/")]);
}

/** `dir//` → `dir`; `/` stays. As OpenSSH's source does with its operands. */
export function stripTrailingSlashes(path: FsPath): FsPath {
  let end = path.length;
  while (end > 1 && isSeparator(path, end - 1)) end -= 1;
  return typeof path === "string" ? path.slice(0, end) : path.subarray(0, end);
}

/** Splits a path without trailing slashes: what precedes its last component, slash included, and that component. */
export function splitPath(path: FsPath): { readonly prefix: FsPath; readonly name: ScpName } {
  let start = path.length;
  while (start > 0 && !isSeparator(path, start - 1)) start -= 1;
  return typeof path === "string"
    ? { prefix: path.slice(0, start), name: createName(path.slice(start)) }
    : { prefix: path.subarray(0, start), name: createName(Uint8Array.from(path.subarray(start))) };
}

/** The components of a path, empty ones left out. */
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

/** A path as entries and targets declare it: text, with slashes between the names. Bytes that are not UTF-8 become U+FFFD. */
export function storagePath(path: FsPath): string {
  const text = typeof path === "string" ? path : path.toString("utf8");
  return process.platform === "win32" ? text.replaceAll("\\", "/") : text;
}

/** For people: on one line and safe on a terminal; bytes that are not UTF-8 as U+FFFD. */
export function displayPath(path: FsPath): string {
  return escapeText(typeof path === "string" ? path : path.toString("utf8"));
}

export function toBytes(path: FsPath): Buffer {
  return typeof path === "string" ? Buffer.from(path) : path;
}

function isSeparator(path: FsPath, index: number): boolean {
  return typeof path === "string" ? separators.test(path.charAt(index)) : path[index] === 0x2f;
}
