import { ScpError } from "@scpkit/codec";
import type { ScpTransport } from "@scpkit/core";
import { openDownload, type ScpIncomingEntry } from "@scpkit/sink";
import { describe } from "./format.ts";
import { stallMs } from "./send.ts";
import { TransferCard } from "./transfer-card.ts";

/** Where the browser lets a page write a stream; not every browser has it. */
interface Pickers {
  showSaveFilePicker?(options: { readonly suggestedName: string }): Promise<FileSystemFileHandle>;
  showDirectoryPicker?(options: { readonly mode: "readwrite" }): Promise<FileSystemDirectoryHandle>;
}

/** A file or folder of the server. */
export interface RemoteEntry {
  readonly type: "file" | "directory";
  readonly name: string;
  readonly size: number;
}

/** Keeps the files of one download. */
interface Keeper {
  /** @throws when the place cannot take it: the entry is then refused, and the download goes on */
  place(entry: ScpIncomingEntry): Promise<(body: ReadableStream<Uint8Array>) => Promise<void>>;
}

/** Lists one folder: a download that enters the folder and refuses everything in it. */
export async function list(transport: ScpTransport, folder: string): Promise<RemoteEntry[]> {
  const found: RemoteEntry[] = [];
  const entries = openDownload(transport, folder, {
    recursive: true,
    replies: "overlapped",
    // The server sends its root under the name it has there.
    acceptName: () => true,
    limits: { stallMs, firstByteMs: stallMs },
  });
  for await (const entry of entries) {
    if (entry.depth === 0) continue;
    entry.refuse();
    if (!entry.name.text.startsWith(".")) found.push({ type: entry.type, name: entry.name.text, size: entry.size });
  }
  return found.sort((a, b) => a.type.localeCompare(b.type) || a.name.localeCompare(b.name));
}

/**
 * Saves a file or folder of the server: streamed to where the user says, or file by file as the browser's own downloads.
 * To be called inside a click, or the browser opens no picker. Never rejects: the card tells.
 */
export async function save(transport: ScpTransport, folder: string, { type, name, size }: RemoteEntry): Promise<void> {
  const keeper = await chooseKeeper(type, name);
  if (keeper === undefined) return;
  const card = new TransferCard(`Saving ${name}`, type === "file" ? { files: 1, bytes: size } : undefined);
  try {
    const path = folder === "." ? name : `${folder}/${name}`;
    const entries = openDownload(transport, `./${path}`, {
      recursive: type === "directory",
      replies: "overlapped",
      limits: { stallMs, firstByteMs: stallMs },
      signal: card.signal,
      onEvent: card.observe,
    });
    for await (const entry of entries) {
      try {
        const keep = await keeper.place(entry);
        if (entry.type === "file") await keep(entry.body());
      } catch (error) {
        card.signal.throwIfAborted();
        // What went wrong on the wire has been told already.
        if (error instanceof ScpError) continue;
        entry.refuse(describe(error));
        card.observe({ type: "failure", failure: { path: entry.path, side: "local", error } });
      }
    }
    card.end();
  } catch (error) {
    card.end(error);
  }
}

async function chooseKeeper(type: "file" | "directory", name: string): Promise<Keeper | undefined> {
  const { showSaveFilePicker, showDirectoryPicker } = window as Pickers;
  try {
    if (type === "file" && showSaveFilePicker !== undefined) {
      const handle = await showSaveFilePicker.call(window, { suggestedName: name });
      return { place: async () => (body) => writeTo(handle, body) };
    }
    if (type === "directory" && showDirectoryPicker !== undefined) {
      return folderKeeper(await showDirectoryPicker.call(window, { mode: "readwrite" }));
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    throw error;
  }
  return blobKeeper;
}

/** Streams into a folder; directories of the download are entered by depth. */
function folderKeeper(root: FileSystemDirectoryHandle): Keeper {
  const parents = [root];
  return {
    async place({ type, name, depth }) {
      const parent = parents[depth];
      if (parent === undefined) throw new Error("Its folder could not be made");
      if (type === "directory") {
        parents.length = depth + 1;
        parents.push(await parent.getDirectoryHandle(name.text, { create: true }));
        return async () => {};
      }
      const handle = await parent.getFileHandle(name.text, { create: true });
      return (body) => writeTo(handle, body);
    },
  };
}

/** The browser's own downloads. It holds each file until it is whole, in memory or on its disk. */
const blobKeeper: Keeper = {
  async place({ name }) {
    return async (body) => {
      const url = URL.createObjectURL(await toBlob(body));
      const link = document.createElement("a");
      link.href = url;
      link.download = name.text;
      link.click();
      // The browser needs it only until it has begun to save.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    };
  },
};

/** What is whole as a Blob; only the stream itself tells what it failed with, a Response hides it. */
async function toBlob(body: ReadableStream<Uint8Array>): Promise<Blob> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>();
  const blob = new Response(readable).blob();
  blob.catch(() => {});
  await body.pipeTo(writable);
  return blob;
}

/** Commits when the body ended well, leaves the old contents otherwise. */
async function writeTo(handle: FileSystemFileHandle, body: ReadableStream<Uint8Array>): Promise<void> {
  await body.pipeTo(await handle.createWritable());
}
