import { lstatSync, readdirSync, type Stats } from "node:fs";
import { open } from "node:fs/promises";
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

async function openFile(path: string): Promise<ReadableStream<Uint8Array>> {
  const handle = await open(path);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { bytesRead, buffer } = await handle.read(new Uint8Array(65_536));
        if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead));
        await handle.close();
        controller.close();
      },
      cancel: () => handle.close(),
    },
    { highWaterMark: 0 },
  );
}
