import { constants, type Stats } from "node:fs";
import type { ScpName, ScpTimes } from "@scpkit/codec";
import type { ScpOpenedFile } from "@scpkit/source";
import type { DirectoryHandle, HeldPlace } from "../system/directory-handle.ts";
import { type FileSystem, poolFileSystem } from "../system/file-system.ts";
import { ruleError, toFsError } from "../system/fs-error.ts";
import { childPath, type FsPath } from "../system/path.ts";

/** Files up to this size are read completely when they are opened. */
export const wholeFileBytes: number = 256 * 1024;

/** Bytes per read of larger files: a multiple of the 32 KiB packets of SSH. */
const readBytes = 256 * 1024;

const readsInFlight = 2;

/** With O_NONBLOCK, opening a FIFO does not wait for its writer. */
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Returns the permission bits and times of an entry. */
export function modeAndTimes({ mode, mtimeMs, atimeMs }: Stats): { readonly mode: number; readonly times: ScpTimes } {
  return { mode: mode & 0o7777, times: { mtimeMs, atimeMs } };
}

/**
 * Opens a file for sending. A small file is read and closed here; a large one becomes a stream that owns the
 * descriptor. Mode, size and times are those of the open file. A small file that shrinks meanwhile has the size that
 * was read.
 */
export async function openFile(
  disk: FileSystem,
  place: DirectoryHandle,
  name: ScpName,
  label: FsPath,
  noFollow: boolean,
): Promise<ScpOpenedFile> {
  try {
    const held = await place.hold();
    let fd: number;
    try {
      await held.verify();
      fd = await disk.open(
        childPath(held.prefix, name),
        noFollow ? readFlags | (constants.O_NOFOLLOW ?? 0) : readFlags,
      );
      await verifyOrClose(disk, held, fd);
    } finally {
      held.release();
    }
    let streaming = false;
    try {
      const stats = await disk.fstat(fd);
      if (!stats.isFile()) throw ruleError(label, "not-a-regular-file");
      const { size } = stats;
      streaming = size > wholeFileBytes;
      const body = streaming ? createFileStream(fd, size, label) : await readWhole(disk, fd, size);
      return { body, size: body instanceof Uint8Array ? body.byteLength : size, ...modeAndTimes(stats) };
    } finally {
      if (!streaming) closeQuietly(disk, fd);
    }
  } catch (error) {
    throw toFsError(error, label);
  }
}

async function verifyOrClose(disk: FileSystem, held: HeldPlace, fd: number): Promise<void> {
  try {
    await held.verify();
  } catch (error) {
    closeQuietly(disk, fd);
    throw error;
  }
}

async function readWhole(disk: FileSystem, fd: number, size: number): Promise<Uint8Array> {
  const buffer = allocate(size);
  let filled = 0;
  while (filled < size) {
    const count = await disk.read(fd, buffer, filled, size - filled, filled);
    if (count === 0) return buffer.subarray(0, filled);
    filled += count;
  }
  return buffer;
}

/**
 * Streams the bytes of an open file from its start: `size` bytes, or fewer if it shrinks. Each chunk has its own
 * buffer. The descriptor is closed at the end, on an error and on cancel, once no read is pending.
 */
function createFileStream(fd: number, size: number, label: FsPath): ReadableStream<Uint8Array> {
  const reads: { readonly length: number; readonly data: Promise<Uint8Array> }[] = [];
  let position = 0;
  let ended = false;
  const fill = (): void => {
    while (reads.length < readsInFlight && position < size) {
      const length = Math.min(readBytes, size - position);
      const data = readAt(fd, position, length);
      data.catch(() => {});
      reads.push({ length, data });
      position += length;
    }
  };
  const finish = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    await Promise.allSettled(reads.map(({ data }) => data));
    await closeQuietly(poolFileSystem, fd);
  };
  return new ReadableStream<Uint8Array>(
    {
      start: fill,
      async pull(controller) {
        const [read] = reads;
        const chunk = await read?.data.catch(async (error: unknown) => {
          await finish();
          throw toFsError(error, label);
        });
        if (ended) return;
        if (chunk !== undefined && chunk.byteLength > 0) controller.enqueue(chunk);
        reads.shift();
        fill();
        if (reads.length > 0 && chunk?.byteLength === read?.length) return;
        await finish();
        controller.close();
      },
      cancel: finish,
    },
    { highWaterMark: 0 },
  );
}

async function readAt(fd: number, position: number, length: number): Promise<Uint8Array> {
  const buffer = allocate(length);
  let filled = 0;
  while (filled < length) {
    const count = await poolFileSystem.read(fd, buffer, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled === length ? buffer : buffer.subarray(0, filled);
}

/** Allocates memory that is not zeroed first and not part of Node's shared pool. */
function allocate(length: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

/** Closes a descriptor and ignores errors: nothing was written, so no data can be lost. */
async function closeQuietly(disk: FileSystem, fd: number): Promise<void> {
  try {
    await disk.close(fd);
  } catch {}
}
