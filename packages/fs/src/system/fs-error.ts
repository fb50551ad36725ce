import { constants } from "node:os";
import { ScpError } from "@scpkit/codec";
import { displayPath, type FsPath } from "./path.ts";

/**
 * The rules of this package that reject an entry, as opposed to errors of the operating system:
 *
 * - `not-a-regular-file`: a FIFO, socket or device, or a directory without `recursive`
 * - `directory-loop`: a symbolic link leads back to a directory that is being walked
 * - `own-copy`: the tree is being stored inside itself, and this is the copy
 * - `newline-in-name`: the protocol cannot carry the name and `newline` is `"fail"`
 * - `no-name`: the root directory of the file system has no name to be sent under
 * - `name-not-storable`: the name has another meaning on this platform, or the runtime cannot read or write its bytes
 * - `outside-root`: the path leads out of the confined root
 * - `too-many-components`: a path from the peer has more than 256 components, including those of symbolic links
 * - `changed-meanwhile`: a file or its directory was moved, replaced or removed during the transfer
 * - `symlink-refused`: a confined target does not write through symbolic links
 * - `special-file-refused`: a confined target does not write to FIFOs and devices
 * - `in-place-refused`: the file can only be written in place, and `inPlace` is `"never"`
 */
export type ScpFsRule =
  | "not-a-regular-file"
  | "directory-loop"
  | "own-copy"
  | "newline-in-name"
  | "no-name"
  | "name-not-storable"
  | "outside-root"
  | "too-many-components"
  | "changed-meanwhile"
  | "symlink-refused"
  | "special-file-refused"
  | "in-place-refused";

/**
 * Thrown if a local file or directory could not be read or stored. `message` is like OpenSSH's: `dir/file: No space
 * left on device`.
 */
export class ScpFsError extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpFsError");
  override readonly name = "ScpFsError";
  /** The errno name (`"ENOSPC"`), or an {@link ScpFsRule}. */
  override readonly code: string;
  /** The local path for display: invalid UTF-8 is U+FFFD, control characters are octal escapes. */
  readonly path: string;

  constructor(path: string, code: string, text: string, options?: ErrorOptions) {
    super(path === "" ? text : `${path}: ${text}`, options);
    this.code = code;
    this.path = path;
  }
}

const ruleTexts: Readonly<Record<ScpFsRule, string>> = {
  "not-a-regular-file": "not a regular file",
  "directory-loop": "Directory loop through a symbolic link",
  "own-copy": "A directory cannot be copied into itself",
  "newline-in-name": "The name contains a newline, which SCP cannot carry",
  "no-name": "The root directory has no name to be sent under",
  "name-not-storable": "The name cannot be stored here",
  "outside-root": "The path leads out of the confined root",
  "too-many-components": "The path has too many components",
  "changed-meanwhile": "The entry was moved, replaced or removed during the transfer",
  "symlink-refused": "Symbolic links are not followed here",
  "special-file-refused": "Devices and FIFOs are not written to here",
  "in-place-refused": "The file can only be written in place",
};

/** Returns the error for a rule of this package. */
export function ruleError(path: FsPath, rule: ScpFsRule, text: string = ruleTexts[rule]): ScpFsError {
  return new ScpFsError(displayPath(path), rule, text);
}

/** Returns the error for an errno that was determined without a failed system call. */
export function errnoError(path: FsPath, code: string): ScpFsError {
  return new ScpFsError(displayPath(path), code, errorText(code) ?? code);
}

/**
 * Converts an error of `node:fs` to one with OpenSSH's message.
 *
 * @param action the failed action, where OpenSSH names it: `set times`, `set mode`, `truncate`
 */
export function toFsError(error: unknown, path: FsPath, action?: string): ScpFsError {
  if (error instanceof ScpFsError) {
    return error.path === "" ? new ScpFsError(displayPath(path), error.code, error.message) : error;
  }
  const code = errnoCode(error) ?? "unknown";
  const text = errorText(code) ?? (error instanceof Error ? error.message : String(error));
  return new ScpFsError(displayPath(path), code, action === undefined ? text : `${action}: ${text}`, { cause: error });
}

/** Returns the errno name of an error of `node:fs`, also for those that libuv has no name for. */
export function errnoCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno } = error as NodeJS.ErrnoException;
  if (typeof code === "string" && !code.startsWith("Unknown")) return code;
  if (typeof errno !== "number") return undefined;
  return Object.entries(constants.errno).find(([, value]) => value === Math.abs(errno))?.[0];
}

/** Messages of glibc's `strerror` for the errors of a file system. */
const texts: Readonly<Record<string, string>> = {
  E2BIG: "Argument list too long",
  EACCES: "Permission denied",
  EAGAIN: "Resource temporarily unavailable",
  EBADF: "Bad file descriptor",
  EBUSY: "Device or resource busy",
  EDQUOT: "Disk quota exceeded",
  EEXIST: "File exists",
  EFAULT: "Bad address",
  EFBIG: "File too large",
  EILSEQ: "Invalid or incomplete multibyte or wide character",
  EINTR: "Interrupted system call",
  EINVAL: "Invalid argument",
  EIO: "Input/output error",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  EMFILE: "Too many open files",
  EMLINK: "Too many links",
  ENAMETOOLONG: "File name too long",
  ENFILE: "Too many open files in system",
  ENODEV: "No such device",
  ENOENT: "No such file or directory",
  ENOMEM: "Cannot allocate memory",
  ENOSPC: "No space left on device",
  ENOSYS: "Function not implemented",
  ENOTCONN: "Transport endpoint is not connected",
  ENOTDIR: "Not a directory",
  ENOTEMPTY: "Directory not empty",
  ENOTSUP: "Operation not supported",
  ENXIO: "No such device or address",
  EOPNOTSUPP: "Operation not supported",
  EOVERFLOW: "Value too large for defined data type",
  EPERM: "Operation not permitted",
  EPIPE: "Broken pipe",
  EREMOTEIO: "Remote I/O error",
  EROFS: "Read-only file system",
  ESTALE: "Stale file handle",
  ETIMEDOUT: "Connection timed out",
  ETXTBSY: "Text file busy",
  EXDEV: "Invalid cross-device link",
};

function errorText(code: string): string | undefined {
  return texts[code];
}
