import { raceAbort } from "@scpkit/core/engine";
import { ScpRefusalError } from "@scpkit/middleware";
import { changeDirectory, changeFile, joinPath } from "@scpkit/middleware/engine";
import type { ScpEntries, ScpEntry } from "@scpkit/source";
import type { ScpServeHandlers } from "../serve-options.ts";
import { resolvePath } from "../winscp/shell-commands.ts";
import type { ScpServeRequest } from "./request.ts";

/**
 * Yields the entries of all paths of a download, one path after the other. A failure of one path is reported under that
 * path, and the next path follows, as in OpenSSH.
 */
export async function* requestedEntries<S>(
  request: ScpServeRequest<S>,
  entries: NonNullable<ScpServeHandlers<S>["entries"]>,
): AsyncGenerator<ScpEntry> {
  const { paths, recursive } = request.command;
  for (const [index, path] of paths.entries()) {
    try {
      const listed = await raceAbort((async () => entries(request, path, index))(), request.signal);
      for await (const entry of untilAborted(listed, request.signal)) {
        yield located(underPath(recursive ? entry : onlyFiles(entry), path), path);
      }
    } catch (error) {
      yield { type: "failed", name: path, error };
    }
  }
}

/** Ends the iteration when `signal` is aborted, even if the iterator of the entries is stuck. */
async function* untilAborted(entries: ScpEntries, signal: AbortSignal): AsyncGenerator<ScpEntry> {
  const iterator = Symbol.asyncIterator in entries ? entries[Symbol.asyncIterator]() : entries[Symbol.iterator]();
  let done: boolean | undefined = false;
  try {
    while (!done) {
      const next = await raceAbort((async () => iterator.next())(), signal);
      done = next.done;
      if (!next.done) yield next.value;
    }
  } finally {
    if (!done) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/**
 * Gives an entry without a `path` one in the directory of the requested path, so that a policy sees more than the name.
 */
function located(entry: ScpEntry, requested: string): ScpEntry {
  if (entry.type === "failed" || entry.path !== undefined) return entry;
  const { name } = entry;
  const parent = resolvePath("/", `/${requested}/..`, "/").slice(1);
  const path = joinPath(parent, typeof name === "string" ? name : name.text);
  return entry.type === "file" ? changeFile(entry, { path }) : changeDirectory(entry, { path });
}

function onlyFiles(entry: ScpEntry): ScpEntry {
  if (entry.type !== "directory") return entry;
  const error = new ScpRefusalError("not-a-regular-file", "not a regular file");
  return { type: "failed", name: entry.name, error };
}

/** Reports the failure of an entry under its requested path, and not only under its last component. */
function underPath(entry: ScpEntry, path: string): ScpEntry {
  if (entry.type !== "failed") return entry;
  const stripped = path.replace(/(?<!\/)\/+$/, "");
  const name = typeof entry.name === "string" ? entry.name : entry.name.text;
  return name === stripped.slice(stripped.lastIndexOf("/") + 1) ? { ...entry, name: path } : entry;
}
