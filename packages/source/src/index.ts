/**
 * Sends files and directories over SCP, from any entries to any channel.
 *
 * @module
 */
export type {
  Awaitable,
  ScpBody,
  ScpDirectoryEntry,
  ScpEntries,
  ScpEntry,
  ScpFailedEntry,
  ScpFileEntry,
  ScpOpenedFile,
} from "./entry.ts";
export { ScpLane, type ScpOffer } from "./lane.ts";
export type { ScpLaneOptions, ScpSendOptions } from "./options.ts";
export { sendEntries } from "./send.ts";
export { allowsHalfClose, answersOnce, type ScpUploadOptions, upload } from "./upload.ts";
