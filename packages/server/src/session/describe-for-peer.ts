import { ScpLimitError } from "@scpkit/codec";
import { ScpFatalError } from "@scpkit/core";
import { ScpRefusalError } from "@scpkit/middleware";
import { ScpSkipError } from "@scpkit/sink";

/** Messages of OpenSSH's scp for errno names, and messages for the error codes of `@scpkit/fs`. */
const words: Readonly<Record<string, string>> = {
  EACCES: "Permission denied",
  EBUSY: "Device or resource busy",
  EDQUOT: "Disk quota exceeded",
  EEXIST: "File exists",
  EFBIG: "File too large",
  EIO: "Input/output error",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  EMFILE: "Too many open files",
  ENAMETOOLONG: "File name too long",
  ENFILE: "Too many open files in system",
  ENOENT: "No such file or directory",
  ENOSPC: "No space left on device",
  ENOTDIR: "Not a directory",
  ENOTEMPTY: "Directory not empty",
  EPERM: "Operation not permitted",
  EPIPE: "Broken pipe",
  EROFS: "Read-only file system",
  ETXTBSY: "Text file busy",
  "directory-loop": "Too many levels of symbolic links",
  "in-place-refused": "Permission denied",
  "name-not-storable": "The name cannot be stored here",
  "newline-in-name": "skipping, filename contains a newline",
  "not-a-regular-file": "not a regular file",
  "own-copy": "A directory cannot be copied into itself",
  "outside-root": "Permission denied",
  "special-file-refused": "Permission denied",
  "symlink-refused": "Permission denied",
};

/**
 * Returns the message that a client gets for an error of the server: the path as the client knows it, and a generic
 * message for the kind of error. Messages, paths and stacks of the server are never sent, except the messages of
 * `ScpRefusalError` and `ScpSkipError`, which are written for the client.
 *
 * @param path as the client knows it; empty when the error concerns the whole transfer
 */
export function describeForPeer(error: unknown, path: string): string {
  const sentence = sentenceFor(error);
  return path === "" ? sentence : `${path}: ${sentence}`;
}

function sentenceFor(error: unknown): string {
  if (error instanceof ScpRefusalError || error instanceof ScpSkipError) return error.message;
  if (error instanceof ScpFatalError && error.cause instanceof ScpRefusalError) return error.cause.message;
  if (error instanceof ScpLimitError) {
    return error.code === "limit-file-bytes" ? "File too large" : "A limit of the server was reached";
  }
  return wordsFor(error) ?? (error instanceof Error ? wordsFor(error.cause) : undefined) ?? "Server error";
}

function wordsFor(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return Object.hasOwn(words, error.code) ? words[error.code] : undefined;
}
