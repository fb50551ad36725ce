/**
 * Receives files and directories over SCP, from any channel into any target.
 *
 * @module
 */
export { type ScpPlacedEntry, placeEntry } from "./destination.ts";
export { ScpDestinationError, type ScpDestinationErrorCode } from "./destination-error.ts";
export { allowsRepliesAhead, download, acceptBasename, type ScpDownloadOptions } from "./download.ts";
export {
  openDownload,
  type ScpIncomingDirectory,
  type ScpIncomingEntry,
  type ScpIncomingFile,
} from "./open-download.ts";
export type { ScpReceiveOptions, ScpReplyMode } from "./options.ts";
export { receiveEntries } from "./receive.ts";
export { resolveDestination, type ScpResolveDestinationOptions } from "./resolve-destination.ts";
export {
  type Awaitable,
  type ScpDestination,
  type ScpEntryInfo,
  ScpSkipError,
  type ScpTarget,
} from "./target.ts";
