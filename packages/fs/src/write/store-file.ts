import { availableParallelism } from "node:os";
import { wholeFileBytes } from "../read/read-file.ts";
import type { DirectoryHandle } from "../system/directory-handle.ts";
import { poolFileSystem } from "../system/file-system.ts";
import { toFsError } from "../system/fs-error.ts";
import { createFileWriter } from "./file-writer.ts";
import { type FileRequest, openDestination } from "./open-destination.ts";

/**
 * Writes of a large body overlap with the network if there is a free processor. With only one for the peer and one for
 * this side, passing them to another thread slows both down.
 */
const overlaps = availableParallelism() > 2;

/** Opens a file for receiving in `place`. Closing the stream commits the file, aborting it rolls back. */
export async function storeFile(
  request: Omit<FileRequest, "held">,
  place: DirectoryHandle,
): Promise<WritableStream<Uint8Array>> {
  const { policy, label, entry, signal } = request;
  try {
    const held = await place.hold();
    try {
      const destination = await openDestination({ ...request, held });
      const blocking = destination.seekable && (entry.size <= wholeFileBytes || !overlaps);
      const disk = blocking ? policy.disk : poolFileSystem;
      return createFileWriter(disk, destination, entry.size, label, () => held.release());
    } catch (error) {
      held.release();
      throw error;
    }
  } catch (error) {
    throw signal.aborted && error === signal.reason ? error : toFsError(error, label);
  }
}
