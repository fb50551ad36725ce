import { createReadStream, lstatSync, readdirSync, type Stats } from "node:fs";
import { basename, join } from "node:path";
import type { ScpEntry } from "../../src/index.ts";

/** The entry of a file or directory on disk, with what is below it, in order of name. */
export function diskEntry(path: string): ScpEntry {
  const stat = lstatSync(path);
  const common = { name: basename(path), mode: stat.mode & 0o7777, times: timesOf(stat) };
  if (!stat.isDirectory()) return { type: "file", ...common, size: stat.size, open: () => openFile(path) };
  return {
    type: "directory",
    ...common,
    entries: () =>
      readdirSync(path)
        .sort()
        .map((name) => diskEntry(join(path, name))),
  };
}

function timesOf({ mtimeMs, atimeMs }: Stats): { readonly mtimeMs: number; readonly atimeMs: number } {
  return { mtimeMs, atimeMs };
}

function openFile(path: string): ReadableStream<Uint8Array> {
  const chunks = createReadStream(path, { highWaterMark: 64 * 1024 })[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
