import { constants } from "node:fs";
import { poolFileSystem } from "../system/file-system.ts";
import type { FsPath } from "../system/path.ts";

/**
 * Waits, as OpenSSH does, until a FIFO has a reader: on the thread pool, and no longer than the transfer lasts.
 * A pending open of a FIFO cannot be called back, so what it still opens afterwards is closed at once.
 */
export async function openSpecial(path: FsPath, signal: AbortSignal, flags: number): Promise<number> {
  signal.throwIfAborted();
  const opening = Promise.resolve(poolFileSystem.open(path, constants.O_WRONLY | flags));
  let abort: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
  });
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([opening, aborted]);
  } catch (error) {
    opening.then((fd) => poolFileSystem.close(fd)).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
