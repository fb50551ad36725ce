/** What kept a file or directory from being copied, as a word that programs can switch on. */
export type ScpCauseCode =
  | "not-found"
  | "permission-denied"
  | "exists"
  | "is-directory"
  | "not-directory"
  | "not-a-regular-file"
  | "not-empty"
  | "read-only"
  | "no-space"
  | "quota"
  | "too-large"
  | "bad-name"
  | "too-many-links"
  | "too-many-open"
  | "busy"
  | "input-output";

interface Cause {
  readonly code: ScpCauseCode;
  /** Names of `errno` values, as `error.code` of Node has them. */
  readonly errnos: readonly string[];
  /**
   * What an scp says behind the path: `strerror` of glibc, the BSDs and macOS, and musl, which OpenSSH, dropbear, PuTTY and this server pass on
   * without translating it, and scp's own words (OpenSSH scp.c, source() and sink()).
   */
  readonly words: readonly string[];
}

const causes: readonly Cause[] = [
  { code: "not-found", errnos: ["ENOENT"], words: ["No such file or directory"] },
  { code: "permission-denied", errnos: ["EACCES", "EPERM"], words: ["Permission denied", "Operation not permitted"] },
  { code: "exists", errnos: ["EEXIST"], words: ["File exists"] },
  { code: "is-directory", errnos: ["EISDIR"], words: ["Is a directory"] },
  { code: "not-directory", errnos: ["ENOTDIR"], words: ["Not a directory"] },
  { code: "not-a-regular-file", errnos: [], words: ["not a regular file"] },
  { code: "not-empty", errnos: ["ENOTEMPTY"], words: ["Directory not empty"] },
  { code: "read-only", errnos: ["EROFS"], words: ["Read-only file system"] },
  { code: "no-space", errnos: ["ENOSPC"], words: ["No space left on device"] },
  { code: "quota", errnos: ["EDQUOT"], words: ["Disk quota exceeded", "Disc quota exceeded", "Quota exceeded"] },
  { code: "too-large", errnos: ["EFBIG"], words: ["File too large"] },
  {
    code: "bad-name",
    errnos: ["ENAMETOOLONG", "EILSEQ"],
    words: [
      "File name too long",
      "Filename too long",
      "Invalid or incomplete multibyte or wide character",
      "Illegal byte sequence",
    ],
  },
  {
    code: "too-many-links",
    errnos: ["ELOOP"],
    words: ["Too many levels of symbolic links", "Symbolic link loop"],
  },
  {
    code: "too-many-open",
    errnos: ["EMFILE", "ENFILE"],
    words: ["Too many open files", "Too many open files in system", "No file descriptors available"],
  },
  {
    code: "busy",
    errnos: ["EBUSY", "ETXTBSY"],
    words: ["Device or resource busy", "Resource busy", "Device busy", "Text file busy"],
  },
  { code: "input-output", errnos: ["EIO"], words: ["Input/output error", "I/O error"] },
];

const byErrno = new Map(causes.flatMap(({ code, errnos }) => errnos.map((errno) => [errno, code])));
const byWords = new Map(causes.flatMap(({ code, words }) => words.map((each) => [each, code])));

/** Returns the code of an `errno` name such as `ENOSPC`; `undefined` for others. */
export function causeOfErrno(errno: string): ScpCauseCode | undefined {
  return byErrno.get(errno);
}

/** Returns the code of an error line of an scp by the words behind its last colon; `undefined` for words that no row has. */
export function causeOfWords(line: string): ScpCauseCode | undefined {
  const trimmed = line.trimEnd();
  return byWords.get(trimmed.slice(trimmed.lastIndexOf(": ") + 1).trimStart());
}
