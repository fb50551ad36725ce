/** Identifies the problem of an {@link SshConfigError}. */
export type SshConfigErrorCode =
  /** A line cannot be parsed, or its value is not allowed. */
  | "bad-config"
  /** A configuration file belongs to another user, or other users can write to it. */
  | "bad-permissions"
  /** A requested configuration file cannot be read. */
  | "unreadable"
  /** The host or user name contains invalid characters. */
  | "bad-name"
  /** The configuration restricts the connection in a way that is not supported. */
  | "unsupported"
  /** The configuration forbids connecting to this host (`RefuseConnection`). */
  | "refused";

/** An invalid line. */
export interface SshConfigProblem {
  /** The file as it was opened; `"command-line"` for an override. */
  readonly file: string;
  /** Line in that file, from 1; 0 for an override. */
  readonly line: number;
  /** Describes the problem. */
  readonly message: string;
  /** One sentence that tells the user what to do. */
  readonly hint: string;
}

const brand = Symbol.for("scpkit.SshConfigError");

/**
 * Thrown if the OpenSSH configuration cannot be used. `message` states the location and the problem, `hint` what to do.
 *
 * As with `ssh`, a file is read to its end before it is rejected: `problems` contains every invalid line; `file`,
 * `line` and `hint` are those of the first.
 */
export class SshConfigError extends Error {
  override readonly name = "SshConfigError";
  /** A stable code for programs. */
  readonly code: SshConfigErrorCode;
  /** The file as it was opened; `"command-line"` for an override; `undefined` if no file caused the error. */
  readonly file: string | undefined;
  /** Line in that file, from 1; `undefined` if no single line caused the error. */
  readonly line: number | undefined;
  /** One sentence that tells the user what to do. */
  readonly hint: string;
  /** Every invalid line in the order in which it was read; empty if no line caused the error. */
  readonly problems: readonly SshConfigProblem[];

  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value;
  }

  constructor(
    code: SshConfigErrorCode,
    message: string,
    details: {
      readonly hint: string;
      readonly file?: string | undefined;
      readonly line?: number | undefined;
      readonly problems?: readonly SshConfigProblem[] | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.file = details.file;
    this.line = details.line;
    this.hint = details.hint;
    this.problems = details.problems ?? [];
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Returns one error for a list of problems, which must not be empty. */
export function errorOfProblems(problems: readonly [SshConfigProblem, ...SshConfigProblem[]]): SshConfigError {
  const [first, ...others] = problems;
  const where = first.line === 0 ? first.file : `${first.file} line ${first.line}`;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return new SshConfigError("bad-config", `${where}: ${first.message}${more}`, {
    file: first.file,
    line: first.line,
    hint: first.hint,
    problems,
  });
}
