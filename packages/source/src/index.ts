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
