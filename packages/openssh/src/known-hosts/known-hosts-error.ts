const brand = Symbol.for("scpkit.KnownHostsError");

/** Thrown if a known-hosts file cannot be read or written, or a name cannot be stored in one. */
export class KnownHostsError extends Error {
  override readonly name = "KnownHostsError";
  /** A stable code for programs. */
  readonly code: "unreadable" | "unwritable" | "bad-name" | "unsupported";
  /** The file that caused the error. */
  readonly file: string | undefined;
  /** One sentence that tells the user what to do. */
  readonly hint: string;

  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value;
  }

  constructor(
    code: KnownHostsError["code"],
    message: string,
    details: { readonly hint: string; readonly file?: string | undefined; readonly cause?: unknown },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.file = details.file;
    this.hint = details.hint;
    Object.defineProperty(this, brand, { value: true });
  }
}
