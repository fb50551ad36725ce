import type { FileSystem } from "../system/file-system.ts";
import { toFsError } from "../system/fs-error.ts";
import type { FsPath } from "../system/path.ts";
import type { Destination } from "./destination.ts";

/** Bytes that are combined into one write. */
const batchBytes = 512 * 1024;

/** Concurrent writes, so that the disk and the network work at the same time. */
const writesInFlight = 4;

/** Smaller chunks are copied together; larger ones are passed to the system without a copy. */
const copyBelow = 16 * 1024;

const gatherBytes = 64 * 1024;

/** Bytes that the stream buffers before its writer must wait. */
const highWaterMark = 1024 * 1024;

/**
 * Creates the stream that a body is written to. It owns written chunks: they must not change afterwards.
 *
 * @param disk the file system that writes
 * @param size expected bytes
 * @param settled called once, after the destination was committed or discarded
 */
export function createFileWriter(
  disk: FileSystem,
  destination: Destination,
  size: number,
  label: FsPath,
  settled: () => void,
): WritableStream<Uint8Array> {
  const writer = new FileWriter(disk, destination, size, label, settled);
  return new WritableStream<Uint8Array>(
    { write: (chunk) => writer.write(chunk), close: () => writer.close(), abort: () => writer.abort() },
    { highWaterMark, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 },
  );
}

class FileWriter {
  readonly #disk: FileSystem;
  readonly #destination: Destination;
  readonly #label: FsPath;
  readonly #size: number;
  readonly #limit: number;
  readonly #settled: () => void;
  readonly #inFlight = new Set<Promise<void>>();
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  #gather = new Uint8Array();
  #gatherFrom = 0;
  #gatherTo = 0;
  #position = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(disk: FileSystem, destination: Destination, size: number, label: FsPath, settled: () => void) {
    this.#disk = disk;
    this.#destination = destination;
    this.#label = label;
    this.#size = size;
    this.#limit = destination.seekable ? writesInFlight : 1;
    this.#settled = settled;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) return this.#fail(this.#failure.error);
    this.#add(chunk);
    if (this.#batchBytes < batchBytes) return undefined;
    this.#flush();
    return this.#inFlight.size < this.#limit ? undefined : this.#wait();
  }

  async close(): Promise<void> {
    this.#flush();
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) return this.#fail(this.#failure.error);
    try {
      await this.#destination.commit(this.#position);
    } catch (error) {
      throw toFsError(error, this.#label);
    } finally {
      this.#settled();
    }
  }

  async abort(): Promise<void> {
    await Promise.all(this.#inFlight);
    await this.#destination.discard();
    this.#settled();
  }

  // `abort` is never called for a stream whose `write` or `close` rejects.
  async #fail(error: unknown): Promise<never> {
    await this.abort();
    throw toFsError(error, this.#label);
  }

  async #wait(): Promise<void> {
    await Promise.race(this.#inFlight);
    if (this.#failure !== undefined) await this.#fail(this.#failure.error);
  }

  #add(chunk: Uint8Array): void {
    const { byteLength } = chunk;
    if (byteLength >= copyBelow || (this.#position === 0 && byteLength === this.#size)) {
      this.#seal();
      this.#batch.push(chunk);
    } else {
      if (this.#gatherTo + byteLength > this.#gather.byteLength) {
        this.#seal();
        this.#gather = new Uint8Array(Math.min(gatherBytes, Math.max(this.#size, copyBelow)));
        this.#gatherFrom = 0;
        this.#gatherTo = 0;
      }
      this.#gather.set(chunk, this.#gatherTo);
      this.#gatherTo += byteLength;
    }
    this.#batchBytes += byteLength;
  }

  #seal(): void {
    if (this.#gatherTo === this.#gatherFrom) return;
    this.#batch.push(this.#gather.subarray(this.#gatherFrom, this.#gatherTo));
    this.#gatherFrom = this.#gatherTo;
  }

  #flush(): void {
    this.#seal();
    if (this.#batchBytes === 0) return;
    const write = this.#writeAll(this.#batch, this.#position).catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#inFlight.add(write);
    write.then(() => this.#inFlight.delete(write));
    this.#position += this.#batchBytes;
    this.#batch = [];
    this.#batchBytes = 0;
  }

  async #writeAll(chunks: readonly Uint8Array[], start: number): Promise<void> {
    const { fd, seekable } = this.#destination;
    let rest = chunks;
    let position = start;
    while (rest.length > 0) {
      const written = await this.#disk.writev(fd, rest, seekable ? position : null);
      position += written;
      rest = dropBytes(rest, written);
    }
  }
}

/** Returns the chunks without their first `count` bytes and without empty chunks at the front. */
function dropBytes(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let index = 0;
  let left = count;
  for (const chunk of chunks) {
    if (left < chunk.byteLength) break;
    left -= chunk.byteLength;
    index += 1;
  }
  const first = chunks[index];
  return first === undefined ? [] : [first.subarray(left), ...chunks.slice(index + 1)];
}
