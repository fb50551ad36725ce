import { escapeText, ScpError } from "@scpkit/codec";

/**
 * Errors without an errno name:
 *
 * - `outside-root`: the path leads out of the root
 * - `name-not-storable`: the name cannot be part of a key, or a key cannot be sent as a name
 * - `newline-in-name`: the protocol cannot carry the name
 * - `not-a-regular-file`: a directory without `recursive`
 * - `no-such-bucket`: the bucket does not exist in this account and region
 * - `archived`: the object must be restored from its storage class before it can be read
 * - `unavailable`: the storage did not respond, or requested a lower request rate, after all attempts of the client
 * - `refused`: any other error of the storage; `cause` contains it
 */
export type ScpS3Rule =
  | "outside-root"
  | "name-not-storable"
  | "newline-in-name"
  | "not-a-regular-file"
  | "no-such-bucket"
  | "archived"
  | "unavailable"
  | "refused";

/** The errno names that errors of the storage are mapped to, so that a server can send the usual messages. */
export type ScpS3Errno =
  | "EACCES"
  | "EDQUOT"
  | "EFBIG"
  | "EISDIR"
  | "ENAMETOOLONG"
  | "ENOENT"
  | "ENOSPC"
  | "ENOTDIR"
  | "EEXIST";

/** Thrown if an object could not be read or stored. `message` is like OpenSSH's: `dir/file: Permission denied`. */
export class ScpS3Error extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpS3Error");
  override readonly name = "ScpS3Error";
  override readonly code: ScpS3Errno | ScpS3Rule;
  /** The path below the root, for display: control characters are escaped. */
  readonly path: string;
  /** The HTTP status of the storage's response, if there was one. */
  readonly status: number | undefined;

  constructor(
    path: string,
    code: ScpS3Errno | ScpS3Rule,
    text: string = texts[code],
    options: ErrorOptions & { readonly status?: number | undefined } = {},
  ) {
    const shown = escapeText(path);
    super(shown === "" ? text : `${shown}: ${text}`, options);
    this.code = code;
    this.path = shown;
    this.status = options.status;
  }
}

const texts: Readonly<Record<ScpS3Errno | ScpS3Rule, string>> = {
  EACCES: "Permission denied",
  EDQUOT: "Disk quota exceeded",
  EEXIST: "File exists",
  EFBIG: "File too large",
  EISDIR: "Is a directory",
  ENAMETOOLONG: "File name too long",
  ENOENT: "No such file or directory",
  ENOSPC: "No space left on device",
  ENOTDIR: "Not a directory",
  archived: "The object is archived; restore it first",
  "name-not-storable": "The name cannot be stored here",
  "newline-in-name": "The name contains a newline, which SCP cannot carry",
  "no-such-bucket": "The bucket does not exist",
  "not-a-regular-file": "not a regular file",
  "outside-root": "The path leads out of the root",
  refused: "The storage rejected the request",
  unavailable: "The storage did not respond; try again later",
};

const codes: Readonly<Record<string, ScpS3Errno | ScpS3Rule>> = {
  AccessDenied: "EACCES",
  AccountProblem: "EACCES",
  AllAccessDisabled: "EACCES",
  CredentialsProviderError: "EACCES",
  EntityTooLarge: "EFBIG",
  ExpiredToken: "EACCES",
  InvalidAccessKeyId: "EACCES",
  InvalidObjectState: "archived",
  InvalidToken: "EACCES",
  KeyTooLongError: "ENAMETOOLONG",
  NoSuchBucket: "no-such-bucket",
  NoSuchKey: "ENOENT",
  NotFound: "ENOENT",
  QuotaExceeded: "EDQUOT",
  SignatureDoesNotMatch: "EACCES",
  XMinioStorageFull: "ENOSPC",
};

const byStatus: Readonly<Record<number, ScpS3Errno | ScpS3Rule>> = {
  401: "EACCES",
  403: "EACCES",
  404: "ENOENT",
  413: "EFBIG",
  429: "unavailable",
  500: "unavailable",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
  507: "ENOSPC",
};

/** Converts the error of a client's call. Returns errors of this package and the reason of an abort unchanged. */
export function toS3Error(error: unknown, path: string, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof ScpS3Error) return error;
  const { name, message, status } = describe(error);
  const code = codes[name] ?? (status === undefined ? "unavailable" : (byStatus[status] ?? "refused"));
  const detail = name === "" || name === "Unknown" ? message : `${name}: ${message}`;
  const told = code === "refused" || code === "unavailable";
  return new ScpS3Error(path, code, told ? `${texts[code]} (${escapeText(detail)})` : texts[code], {
    cause: error,
    status,
  });
}

/** Returns whether a HEAD or GET found no object. */
export function isAbsent(error: unknown): boolean {
  const { name, status } = describe(error);
  return status === 404 && name !== "NoSuchBucket";
}

interface Answer {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}

function describe(error: unknown): Answer {
  if (!(error instanceof Error)) return { name: "", message: String(error), status: undefined };
  const metadata: unknown = "$metadata" in error ? error.$metadata : undefined;
  const status =
    typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata
      ? metadata.httpStatusCode
      : undefined;
  return { name: error.name, message: error.message, status: typeof status === "number" ? status : undefined };
}
