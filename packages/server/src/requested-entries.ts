import type { ScpEntries, ScpEntry } from "@scpkit/source";
import { ScpRefusalError } from "./refusal-error.ts";
import type { ScpServeRequest } from "./request.ts";
import type { ScpServeHandlers } from "./serve-options.ts";

/**
 * The entries of all paths of a download, one path after the other. What goes wrong with one path is reported under that path, as OpenSSH
 * does, and the next one follows.
 */
export async function* requestedEntries<S>(
  request: ScpServeRequest<S>,
  entries: NonNullable<ScpServeHandlers<S>["entries"]>,
): AsyncGenerator<ScpEntry> {
  const { paths, recursive } = request.command;
  for (const [index, path] of paths.entries()) {
    try {
      const listed: ScpEntries = await entries(request, path, index);
      for await (const entry of listed) yield recursive ? entry : onlyFiles(entry, path);
    } catch (error) {
      yield { type: "failed", name: path, error };
    }
  }
}

function onlyFiles(entry: ScpEntry, path: string): ScpEntry {
  if (entry.type !== "directory") return entry;
  const error = new ScpRefusalError("not-a-regular-file", "not a regular file");
  return { type: "failed", name: path, error };
}
