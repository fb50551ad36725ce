import { createName, type ScpName } from "@scpkit/codec";
import { ScpDestinationError } from "./destination-error.ts";
import type { Awaitable, ScpDestination } from "./target.ts";

/** Options of {@link resolveDestination}. */
export interface ScpResolveDestinationOptions {
  /**
   * Looks up what is stored at `path`; returns `undefined` when nothing is. `path` is normalized: names joined with `/`, from the root,
   * without `.` and `..`. The root itself is always a directory and is not looked up.
   */
  typeOf(path: string): Awaitable<"file" | "directory" | undefined>;
  /** The path must be a directory: `scp -d`. @default false */
  readonly targetIsDirectory?: boolean | undefined;
  /**
   * Whether `path` starts at the root of the storage: a leading slash means the root, and `..` cannot leave it. `false`: a leading slash and
   * `..` are kept, for a storage that hands paths to an operating system. @default true
   */
  readonly confined?: boolean | undefined;
}

/**
 * Applies scp's rule for the destination of an upload (`sink` in OpenSSH's scp.c):
 *
 * | `path` is                       | a file or directory is stored                                           |
 * |---------------------------------|--------------------------------------------------------------------------|
 * | a directory                     | in it, under its own name                                                |
 * | a file, or missing              | as `path` itself, whatever its name; fails with `targetIsDirectory`      |
 * | missing, and ends with a slash  | a directory as `path` itself; a file is refused                          |
 *
 * @param path as the peer wrote it: text, or bytes for a path that is not UTF-8
 * @returns the value for `destination` of an `ScpTarget`
 * @throws {ScpDestinationError} `outside-root`; with `targetIsDirectory` `ENOENT` and `ENOTDIR`
 */
export async function resolveDestination(
  path: string | Uint8Array,
  { typeOf, targetIsDirectory = false, confined = true }: ScpResolveDestinationOptions,
): Promise<ScpDestination> {
  const written = splitPath(path);
  const fail = (code: "ENOENT" | "ENOTDIR" | "outside-root"): ScpDestinationError =>
    new ScpDestinationError(written.map(({ text }) => text).join("/"), code);
  const names: ScpName[] = [];
  for (const name of written) {
    if (name.text === "" || name.text === ".") continue;
    if (name.text !== ".." || !confined) names.push(name);
    else if (names.pop() === undefined) throw fail("outside-root");
  }
  const start = !confined && written.length > 1 && written[0]?.text === "" ? "/" : "";
  const joined = (parts: readonly ScpName[]): string => start + parts.map(({ text }) => text).join("/");
  const name = names.at(-1);
  const type = name === undefined ? "directory" : await typeOf(joined(names));
  if (name === undefined || type === "directory") return { directory: joined(names) };
  if (targetIsDirectory) throw fail(type === undefined ? "ENOENT" : "ENOTDIR");
  return { directory: joined(names.slice(0, -1)), name, mustBeDirectory: written.at(-1) !== name };
}

/** What stands between the slashes of a path. */
function splitPath(path: string | Uint8Array): ScpName[] {
  if (typeof path === "string") return path.split("/").map((part) => createName(part));
  const parts: ScpName[] = [];
  let start = 0;
  for (let at = 0; at <= path.length; at += 1) {
    if (at < path.length && path[at] !== 0x2f) continue;
    parts.push(createName(path.subarray(start, at)));
    start = at + 1;
  }
  return parts;
}
