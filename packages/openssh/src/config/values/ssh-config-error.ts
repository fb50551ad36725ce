/** What kind of trouble an {@link SshConfigError} reports. */
export type SshConfigErrorCode =
  /** A line is not understood, or its value is not allowed. */
  | "bad-config"
  /** A configuration file belongs to another user, or other users can write to it. */
  | "bad-permissions"
  /** A configuration file that was asked for cannot be read. */
  | "unreadable"
  /** The host or user name has characters that no host or user name has. */
  | "bad-name"
  /** The configuration restricts the connection in a way that is not supported. */
  | "unsupported"
  /** The configuration forbids connecting to this host (`RefuseConnection`). */
  | "refused";

/** One line that is wrong. */
export interface SshConfigProblem {
  /** The file as it was opened; `"command-line"` for an override. */
  readonly file: string;
  /** Line in that file, from 1; 0 for an override. */
  readonly line: number;
  /** What is wrong with it. */
  readonly message: string;
  /** One sentence of what to do about it. */
  readonly hint: string;
}

const brand = Symbol.for("scpkit.SshConfigError");

/**
 * The OpenSSH configuration cannot be used. `message` says where and what, `hint` what to do.
 *
 * Like `ssh`, a file is read to its end before it is refused: `problems` has every wrong line that was met,
 * `file`, `line` and `hint` are those of the first.
 */
export class SshConfigError extends Error {
  override readonly name = "SshConfigError";
  /** Stable; made for programs. */
  readonly code: SshConfigErrorCode;
  /** The file as it was opened; `"command-line"` for an override; `undefined` when no file is to blame. */
  readonly file: string | undefined;
  /** Line in that file, from 1; `undefined` when no single line is to blame. */
  readonly line: number | undefined;
  /** One sentence of what to do next. */
  readonly hint: string;
  /** Every wrong line in the order it was met; empty when no line is to blame. */
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

/** One error for a list of problems, which must not be empty. */
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
