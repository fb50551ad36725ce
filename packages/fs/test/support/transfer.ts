import { createName, type ScpName, type ScpTimes } from "@scpkit/codec";
import { placeEntry, type ScpEntryInfo, type ScpTarget } from "@scpkit/sink";
import type { ScpDirectoryEntry, ScpEntries, ScpEntry, ScpFileEntry } from "@scpkit/source";

export const context: { readonly path: string; readonly signal: AbortSignal } = {
  path: "test",
  signal: new AbortController().signal,
};

export interface SentAs {
  readonly mode?: number;
  readonly times?: ScpTimes;
  readonly size?: number;
  readonly depth?: number;
}

export function info(type: "file" | "directory", name: string | ScpName, sentAs: SentAs = {}): ScpEntryInfo {
  const { mode = type === "file" ? 0o644 : 0o755, size = 0, depth = 0, times } = sentAs;
  return { type, name: typeof name === "string" ? createName(name) : name, mode, size, times, depth };
}

export async function openWriter(
  target: ScpTarget,
  name: string | ScpName,
  sentAs: SentAs = {},
): Promise<WritableStreamDefaultWriter<Uint8Array>> {
  const placed = placeEntry(target, info("file", name, sentAs), context);
  const writer = (await target.file(placed.entry, placed.context)).getWriter();
  writer.closed.catch(() => {});
  return writer;
}

/** Stores a whole file. */
export async function store(
  target: ScpTarget,
  name: string | ScpName,
  body: string | Uint8Array,
  sentAs: SentAs = {},
): Promise<void> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const writer = await openWriter(target, name, { size: bytes.byteLength, ...sentAs });
  if (bytes.byteLength > 0) writer.write(bytes).catch(() => {});
  await writer.close();
}

export async function enter(target: ScpTarget, name: string | ScpName, sentAs: SentAs = {}): Promise<ScpTarget> {
  if (target.directory === undefined) throw new Error("No directories");
  const placed = placeEntry(target, info("directory", name, sentAs), context);
  return target.directory(placed.entry, placed.context);
}

export async function bodyOf(entry: ScpFileEntry): Promise<Uint8Array> {
  const opened = await entry.open(context);
  const body = "body" in opened ? opened.body : opened;
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for (const reader = body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    chunks.push(value);
  }
}

export async function all(entries: ScpEntries): Promise<ScpEntry[]> {
  const found: ScpEntry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

export async function only(entries: ScpEntries): Promise<ScpEntry> {
  const [first, ...rest] = await all(entries);
  if (first === undefined || rest.length > 0) throw new Error("Not exactly one entry");
  return first;
}

export async function onlyFile(entries: ScpEntries): Promise<ScpFileEntry> {
  const entry = await only(entries);
  if (entry.type === "file") return entry;
  throw entry.type === "failed" ? entry.error : new Error("A directory");
}

export async function onlyDirectory(entries: ScpEntries): Promise<ScpDirectoryEntry> {
  const entry = await only(entries);
  if (entry.type === "directory") return entry;
  throw entry.type === "failed" ? entry.error : new Error("A file");
}

/** Every path below the entries: `"text"` of files, `"directory"`, or `"failed: CODE"`. */
export async function flatten(
  entries: ScpEntries,
  prefix = "",
  found: Record<string, string> = {},
): Promise<Record<string, string>> {
  for await (const entry of entries) {
    const path = prefix + textOf(entry);
    if (entry.type === "failed") found[path] = `failed: ${codeOf(entry.error)}`;
    else if (entry.type === "file") found[path] = await describeBody(entry);
    else {
      found[path] = "directory";
      await flatten(entry.entries(context), `${path}/`, found);
    }
  }
  return found;
}

async function describeBody(entry: ScpFileEntry): Promise<string> {
  try {
    return new TextDecoder().decode(await bodyOf(entry));
  } catch (error) {
    return `failed: ${codeOf(error)}`;
  }
}

export function textOf({ name }: ScpEntry): string {
  return typeof name === "string" ? name : name.text;
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
