import { createName, nameProblem, quoteText, type ScpName, ScpStateError, type ScpTimes } from "@scpkit/codec";
import type { ScpTransferredEntry } from "@scpkit/core";
import type { ScpBody, ScpDirectoryEntry, ScpEntries, ScpEntry, ScpFileEntry, ScpOpenedFile } from "../entry.ts";

/** A file whose body is open. Its owner must send or discard it. */
export interface PreparedFile {
  readonly type: "file";
  readonly label: ScpTransferredEntry;
  readonly name: ScpName;
  readonly mode: number;
  readonly size: number;
  readonly times: ScpTimes | undefined;
  readonly body: ScpBody;
}

/** A directory about to be entered. */
export interface PreparedDirectory {
  readonly type: "directory";
  readonly label: ScpTransferredEntry;
  readonly name: ScpName;
  readonly mode: number;
  readonly times: ScpTimes | undefined;
  readonly entry: ScpDirectoryEntry;
}

/** An entry that cannot be sent. */
export interface PreparedFailure {
  readonly type: "failed";
  readonly path: string;
  readonly error: unknown;
}

export type PreparedEntry = PreparedFile | PreparedDirectory | PreparedFailure;

/** Checks the name and opens the body. Never rejects: what goes wrong becomes a failure in the entry's place. */
export async function prepareEntry(entry: ScpEntry, parentPath: string, signal: AbortSignal): Promise<PreparedEntry> {
  const name = typeof entry.name === "string" ? createName(entry.name) : entry.name;
  const path = parentPath === "" ? name.text : `${parentPath}/${name.text}`;
  if (entry.type === "failed") return { type: "failed", path, error: entry.error };
  const problem = nameProblem(name);
  if (problem !== undefined) {
    const error = new ScpStateError(`The name ${quoteText(name.text)} cannot be sent: ${problem}`);
    return { type: "failed", path, error };
  }
  if (entry.type === "directory") {
    const { mode, times } = entry;
    return { type: "directory", label: { type: "directory", path, size: 0 }, name, mode, times, entry };
  }
  try {
    return prepareFile(entry, name, path, await entry.open({ path, signal }));
  } catch (error) {
    return { type: "failed", path, error };
  }
}

/** Lists the children of a directory. What cannot be listed at all fails like a listing that breaks. */
export function listChildren({ entry, label }: PreparedDirectory, signal: AbortSignal): ScpEntries {
  try {
    return entry.entries({ path: label.path, signal });
  } catch (error) {
    const broken: Iterator<ScpEntry> = {
      next() {
        throw error;
      },
    };
    return { [Symbol.iterator]: () => broken };
  }
}

/** Lets go of what a prepared entry holds open. */
export function discardEntry(prepared: PreparedEntry, reason: unknown): void {
  if (prepared.type === "file" && !isBytes(prepared.body)) prepared.body.cancel(reason).catch(() => {});
}

export function isBytes(body: ScpBody): body is Uint8Array {
  return ArrayBuffer.isView(body);
}

function prepareFile(entry: ScpFileEntry, name: ScpName, path: string, opened: ScpBody | ScpOpenedFile): PreparedFile {
  const known: ScpOpenedFile = isOpenedFile(opened) ? opened : { body: opened, size: entry.size };
  const { body, size, mode = entry.mode, times = entry.times } = known;
  return { type: "file", label: { type: "file", path, size }, name, mode, size, times, body };
}

// `instanceof` fails for a ReadableStream of another realm, so the wrapper is recognized by its own field.
function isOpenedFile(opened: ScpBody | ScpOpenedFile): opened is ScpOpenedFile {
  return "body" in opened;
}
