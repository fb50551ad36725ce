import * as fs from "node:fs";
import { type FsPath, rawPaths, toFsPath } from "./path.ts";

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** The names of one directory, in the order of the file system. */
export interface Listing {
  /** Returns the next name as text, or as bytes if it is not ASCII; `undefined` after the last. */
  next(): Awaitable<string | Uint8Array | undefined>;
  close(): Awaitable<void>;
}

/**
 * The system calls of this package. {@link poolFileSystem} makes them on the thread pool, {@link blockingDisk} blocks:
 * the same code runs on both, because `await` of a plain value costs almost nothing. All throw or reject with the
 * errors of `node:fs`.
 */
export interface FileSystem {
  open(path: FsPath, flags: number, mode?: number): Awaitable<number>;
  close(fd: number): Awaitable<void>;
  fstat(fd: number): Awaitable<fs.Stats>;
  /** Returns `undefined` if there is no entry. */
  stat(path: FsPath): Awaitable<fs.Stats | undefined>;
  /** Returns `undefined` if there is no entry. */
  lstat(path: FsPath): Awaitable<fs.Stats | undefined>;
  /** Returns device and inode with all their digits, following symbolic links. */
  identity(path: FsPath): Awaitable<string>;
  readlink(path: FsPath): Awaitable<Buffer>;
  realpath(path: FsPath): Awaitable<FsPath>;
  list(path: FsPath): Awaitable<Listing>;
  read(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): Awaitable<number>;
  /**
   * Writes some of the bytes of the chunks, from the start, like writev(2).
   *
   * @param position `null` for the current position of the descriptor
   */
  writev(fd: number, chunks: readonly Uint8Array[], position: number | null): Awaitable<number>;
  ftruncate(fd: number, size: number): Awaitable<void>;
  fchmod(fd: number, mode: number): Awaitable<void>;
  fchown(fd: number, uid: number, gid: number): Awaitable<void>;
  /** Sets times, in seconds. */
  futimes(fd: number, atime: number, mtime: number): Awaitable<void>;
  fsync(fd: number): Awaitable<void>;
  chmod(path: FsPath, mode: number): Awaitable<void>;
  /** Sets times, in seconds. */
  utimes(path: FsPath, atime: number, mtime: number): Awaitable<void>;
  mkdir(path: FsPath, mode: number): Awaitable<void>;
  rename(from: FsPath, to: FsPath): Awaitable<void>;
  unlink(path: FsPath): Awaitable<void>;
  rmdir(path: FsPath): Awaitable<void>;
  /** Returns how many entries of a directory to look up concurrently. */
  entriesAhead(): number;
}

// Latin-1 maps bytes to characters one to one, in a quarter of a Buffer's memory.
const listingOptions = { encoding: "latin1", bufferSize: 256 } as const;

// Bun 1.4 lists a whole directory in opendir and loses byte names there; Deno 2.9 ignores the encoding. Both have
// readdir.
const hasOpendir = !("Bun" in globalThis) && !("Deno" in globalThis);

// Deno 2.9 returns neither text nor bytes for any encoding.
const encoding: BufferEncoding | undefined = rawPaths ? "latin1" : undefined;

// Deno 2.9 joins the chunks in JavaScript first, which takes twice as long as separate writes.
const hasWritev = !("Deno" in globalThis);

/**
 * Makes the calls on the thread pool, with the callback API: `fs.promises` needs a FileHandle object and a third more
 * time per call.
 */
export const poolFileSystem: FileSystem = {
  open: (path, flags, mode) => call((done) => fs.open(path, flags, mode, done)),
  close: (fd) => call((done) => fs.close(fd, done)),
  fstat: (fd) => call((done) => fs.fstat(fd, done)),
  stat: (path) => call<fs.Stats>((done) => fs.stat(path, done)).catch(absent),
  lstat: (path) => call<fs.Stats>((done) => fs.lstat(path, done)).catch(absent),
  identity: async (path) => describe(await call<fs.BigIntStats>((done) => fs.stat(path, { bigint: true }, done))),
  readlink: async (path) => asBytes(await call<string | Buffer>((done) => fs.readlink(path, encoding, done))),
  realpath: async (path) =>
    toFsPath(asBytes(await call<string | Buffer>((done) => fs.realpath.native(path, encoding, done)))),
  async list(path) {
    if (!hasOpendir) return listed(await call<Buffer[]>((done) => fs.readdir(path, "buffer", done)));
    const directory = await call<fs.Dir>((done) => fs.opendir(pathOf(path), listingOptions, done));
    return { next: async () => fromLatin1((await directory.read())?.name), close: () => directory.close() };
  },
  read: (fd, buffer, offset, length, position) => call((done) => fs.read(fd, buffer, offset, length, position, done)),
  writev: (fd, chunks, position) => call((done) => startWritev(fd, chunks, position, done)),
  ftruncate: (fd, size) => call((done) => fs.ftruncate(fd, size, done)),
  fchmod: (fd, mode) => call((done) => fs.fchmod(fd, mode, done)),
  fchown: (fd, uid, gid) => call((done) => fs.fchown(fd, uid, gid, done)),
  futimes: (fd, atime, mtime) => call((done) => fs.futimes(fd, atime, mtime, done)),
  fsync: (fd) => call((done) => fs.fsync(fd, done)),
  chmod: (path, mode) => call((done) => fs.chmod(path, mode, done)),
  utimes: (path, atime, mtime) => call((done) => fs.utimes(path, atime, mtime, done)),
  mkdir: (path, mode) => call((done) => fs.mkdir(path, mode, done)),
  rename: (from, to) => call((done) => fs.rename(from, to, done)),
  unlink: (path) => call((done) => fs.unlink(path, done)),
  rmdir: (path) => call((done) => fs.rmdir(path, done)),
  entriesAhead: () => 16,
};

/** Makes calls that block the event loop, in a fifth of the time per small file. For programs that do nothing else. */
export const blockingDisk: FileSystem = {
  open: fs.openSync,
  close: fs.closeSync,
  fstat: (fd) => fs.fstatSync(fd),
  stat: (path) => fs.statSync(path, { throwIfNoEntry: false }),
  lstat: (path) => fs.lstatSync(path, { throwIfNoEntry: false }),
  identity: (path) => describe(fs.statSync(path, { bigint: true })),
  readlink: readLinkSync,
  realpath: (path) => toFsPath(asBytes(fs.realpathSync.native(path, encoding))),
  list(path) {
    if (!hasOpendir) return listed(fs.readdirSync(path, "buffer"));
    const directory = fs.opendirSync(path, listingOptions);
    return { next: () => fromLatin1(directory.readSync()?.name), close: () => directory.closeSync() };
  },
  read: fs.readSync,
  writev(fd, [...chunks], position) {
    const [first] = chunks;
    if (first !== undefined && (chunks.length === 1 || !hasWritev)) {
      return fs.writeSync(fd, first, 0, first.byteLength, position);
    }
    return fs.writevSync(fd, chunks, position ?? undefined);
  },
  ftruncate: fs.ftruncateSync,
  fchmod: fs.fchmodSync,
  fchown: fs.fchownSync,
  futimes: fs.futimesSync,
  fsync: fs.fsyncSync,
  chmod: fs.chmodSync,
  utimes: fs.utimesSync,
  mkdir: (path, mode) => {
    fs.mkdirSync(path, mode);
  },
  rename: fs.renameSync,
  unlink: fs.unlinkSync,
  rmdir: (path) => fs.rmdirSync(path),
  entriesAhead: () => 1,
};

function call<T>(start: (done: (error: NodeJS.ErrnoException | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

function startWritev(
  fd: number,
  [...chunks]: readonly Uint8Array[],
  position: number | null,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
): void {
  const [first] = chunks;
  if (first !== undefined && (chunks.length === 1 || !hasWritev))
    fs.write(fd, first, 0, first.byteLength, position, done);
  else if (position === null) fs.writev(fd, chunks, done);
  else fs.writev(fd, chunks, position, done);
}

/** Reads a symbolic link. Blocks the event loop, so use it only for links that need no disk access. */
export function readLinkSync(path: FsPath): Buffer {
  return asBytes(fs.readlinkSync(path, encoding));
}

function asBytes(path: string | Buffer): Buffer {
  return typeof path === "string" ? Buffer.from(path, encoding) : path;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

function describe({ dev, ino }: fs.BigIntStats): string {
  return `${dev}:${ino}`;
}

function listed(names: Buffer[]): Listing {
  let index = 0;
  return {
    next() {
      const name = names[index];
      index += 1;
      return name;
    },
    close() {},
  };
}

/** Returns an ASCII name as text without a conversion. Almost all names are ASCII. */
function fromLatin1(name: string | undefined): string | Uint8Array | undefined {
  return name === undefined || /^[\u0000-\u007f]*$/.test(name) ? name : Buffer.from(name, "latin1");
}

// The type of this overload omits Buffer; the function accepts one.
function pathOf(path: FsPath): string {
  return path as string;
}
