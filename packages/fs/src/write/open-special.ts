import { constants } from "node:fs";
import { poolFileSystem } from "../system/file-system.ts";
import type { FsPath } from "../system/path.ts";

/**
 * Opens a FIFO or device and waits until a FIFO has a reader, as OpenSSH does. It waits on the thread pool, at most
 * until the transfer ends. A pending open of a FIFO cannot be cancelled, so a descriptor that it opens afterwards is
 * closed at once.
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
