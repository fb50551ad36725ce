import { ScpStateError } from "../errors/errors.ts";
import { quoteText } from "../errors/escape.ts";
import { splitCommand } from "./split-command.ts";

/** The command a client runs on its peer: `scp -f` (the peer sends) or `scp -t` (the peer receives). */
export interface ScpCommand {
  /** What the one who runs the command does: `"source"` is `-f`, `"sink"` is `-t`. */
  readonly role: "source" | "sink";
  /** What to send, any number; or where to store, exactly one: a server answers anything else with `ambiguous target`. */
  readonly paths: readonly string[];
  /** `-r`: directories may be sent. */
  readonly recursive?: boolean | undefined;
  /** `-p`: times are sent and modes are kept. */
  readonly preserve?: boolean | undefined;
  /** `-v` */
  readonly verbose?: boolean | undefined;
  /** `-d`: the destination must be a directory. */
  readonly targetIsDirectory?: boolean | undefined;
  /**
   * What to run, put in front of the options as it is, unquoted: `/opt/bin/scp`, `sudo scp`.
   *
   * @default "scp"
   */
  readonly program?: string | undefined;
}

/** A command as {@link parseCommand} understood it: every field is there. */
export interface ScpParsedCommand extends ScpCommand {
  readonly recursive: boolean;
  readonly preserve: boolean;
  readonly verbose: boolean;
  readonly targetIsDirectory: boolean;
  readonly program: string;
  /**
   * For each path, whether a shell would have expanded it: it has an unquoted `*`, `?`, `[` or `{`, or begins with an
   * unquoted `~`. `paths` holds its text as written. A server decides what it does with those: expand, refuse, take literally.
   */
  readonly patterns: readonly boolean[];
}

/** Options of {@link formatCommand}. */
export interface ScpFormatCommandOptions {
  /**
   * How paths are protected from the peer's shell. sh, bash, dash, zsh, csh, tcsh and fish read the first three alike: what
   * one of them reads inside quotes (a quote, `\`, `!`, in double quotes also `$` and backquote) is written outside, after a
   * backslash.
   *
   * - `"bare-if-safe"`: single quotes, left out where a path has only characters that no shell touches
   * - `"posix"`: single quotes, always
   * - `"double"`: double quotes, for peers that know no others
   * - `"none"`: as OpenSSH does it: the peer's shell splits, globs and expands
   *
   * @default "bare-if-safe"
   */
  readonly quote?: "bare-if-safe" | "posix" | "double" | "none" | undefined;
  /**
   * Whether a quoted path may contain a newline. csh and tcsh end a command at a newline, also inside quotes, and run the rest
   * of the path: set it only for peers whose login shell is another one. `"none"` ignores it.
   *
   * @default false
   */
  readonly allowNewline?: boolean | undefined;
}

/**
 * Builds the command line, with the options in OpenSSH's order: `scp -v -r -p -d -t -- path`. As in OpenSSH `--` is there only when a
 * path begins with `-`, since old peers do not know it.
 *
 * @throws {ScpStateError} a path contains a NUL character or half of a surrogate pair, which no command line can carry, or a newline
 *   without `allowNewline`
 */
export function formatCommand(command: ScpCommand, options: ScpFormatCommandOptions = {}): string {
  const { role, paths, program = "scp" } = command;
  let line = program;
  if (command.verbose) line += " -v";
  if (command.recursive) line += " -r";
  if (command.preserve) line += " -p";
  if (command.targetIsDirectory) line += " -d";
  line += role === "source" ? " -f" : " -t";
  if (paths.some((path) => path.startsWith("-"))) line += " --";
  for (const path of paths) {
    checkPath(path, options);
    line += ` ${quotePath(path, options.quote ?? "bare-if-safe")}`;
  }
  return line;
}

/**
 * Reads a command line the way a POSIX shell and `scp -f`/`scp -t` would, without running anything.
 *
 * Understood are all options of scp(1) with `-f` or `-t`, alone, clustered and in any order, `--`, single quotes, double quotes and
 * backslashes. Only `-v -r -p -d` are returned: the others mean nothing to a source or a sink, and old clients send them. One NUL
 * at the end is dropped, which libssh2 before 1.8.1 sends and sshd allows, and so are newlines around the command.
 *
 * Returns `undefined` for everything else, so that no server guesses: a program whose base name is not `scp`, an option that scp
 * does not have, `-f` and `-t` both or neither, an unterminated quote, and everything that a shell would interpret: `;`, `&`, `|`, `<`, `>`,
 * parentheses, a newline between words, comments, backquotes, `$` before a name or an opening.
 */
export function parseCommand(line: string): ScpParsedCommand | undefined {
  const words = splitCommand(line.endsWith("\0") ? line.slice(0, -1) : line);
  const program = words?.[0];
  if (words === undefined || program === undefined) return undefined;
  if (program.pattern || program.text.slice(program.text.lastIndexOf("/") + 1) !== "scp") return undefined;

  const options = readOptions(words.slice(1).map(({ text }) => text));
  if (options === undefined) return undefined;
  const { flags } = options;
  if (flags.includes("f") === flags.includes("t")) return undefined;
  const operands = words.slice(1 + options.words);
  return {
    role: flags.includes("f") ? "source" : "sink",
    paths: operands.map((word) => word.text),
    recursive: flags.includes("r"),
    preserve: flags.includes("p"),
    verbose: flags.includes("v"),
    targetIsDirectory: flags.includes("d"),
    program: program.text,
    patterns: operands.map((word) => word.pattern),
  };
}

/** Options of scp(1) without an argument, and those with one: the list for getopt in `main` of OpenSSH's scp.c, less `-1`. */
const plainOptions = "2346ABCTOqRrsvpdft";
const optionsWithArgument = "DFJPSXcilo";

/** Reads options as getopt(3) does. `words` counts those that are no operands. `undefined`: an option that scp refuses. */
function readOptions(texts: readonly string[]): { readonly flags: string; readonly words: number } | undefined {
  let flags = "";
  let words = 0;
  for (let text = texts[0] ?? ""; text.length > 1 && text[0] === "-"; text = texts[words] ?? "") {
    words += 1;
    if (text === "--") break;
    for (let at = 1; at < text.length; at++) {
      const letter = text.charAt(at);
      if (optionsWithArgument.includes(letter)) {
        // The argument is the rest of the word, or the next word.
        if (at === text.length - 1) words += 1;
        break;
      }
      if (!plainOptions.includes(letter)) return undefined;
      flags += letter;
    }
  }
  return words > texts.length ? undefined : { flags, words };
}

/** @throws {ScpStateError} */
function checkPath(path: string, { quote, allowNewline = false }: ScpFormatCommandOptions): void {
  if (path.includes("\0")) throw new ScpStateError("A path contains a NUL character; no peer has such a path");
  if (!path.isWellFormed()) {
    throw new ScpStateError(`The path ${quoteText(path)} contains half of a surrogate pair, which UTF-8 cannot encode`);
  }
  if (path.includes("\n") && !allowNewline && quote !== "none") {
    throw new ScpStateError(
      `The path ${quoteText(path)} contains a newline, which ends the command in csh and tcsh; ` +
        "set allowNewline if the peer uses another shell",
    );
  }
}

/** zsh replaces a word that begins with `=` by the path of a program, fish the word `%self` by a number. */
const safePath = /^[A-Za-z0-9_/.,:@+-][A-Za-z0-9_/.,:=@%+-]*$/;

function quotePath(path: string, quote: NonNullable<ScpFormatCommandOptions["quote"]>): string {
  switch (quote) {
    case "none":
      return path;
    case "double":
      return `"${path.replace(/[\\"$`!]/g, '"\\$&"')}"`;
    case "posix":
      return singleQuoted(path);
    case "bare-if-safe":
      return safePath.test(path) ? path : singleQuoted(path);
  }
}

/** fish reads a backslash inside single quotes, csh reads `!` there. */
function singleQuoted(path: string): string {
  return `'${path.replace(/[\\'!]/g, "'\\$&'")}'`;
}
