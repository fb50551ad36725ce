/** One option as it stood on the command line. */
export interface ParsedOption {
  /** `-c` or `--parallel`. */
  readonly flag: string;
  /** Its argument, `""` for an option without one. */
  readonly value: string;
}

/** The command line has an option that does not exist, or one without its argument. The message is getopt's. */
export class GetoptError extends Error {
  override readonly name = "GetoptError";
  /** The option as it stands on the command line without its argument: `-z`, `--recursive`. */
  readonly flag: string;

  constructor(problem: string, flag: string) {
    super(`${problem} -- ${flag.replace(/^-(-(?=.))?/, "")}`);
    this.flag = flag;
  }
}

/**
 * BSD getopt(3), with getopt_long(3) for options that begin with two hyphens: options end at the first operand, at
 * `-`, or after `--`; short options bundle (`-rp`); arguments are glued (`-P22`, `--parallel=4`) or the next word, whatever that
 * looks like. Long options are not abbreviated.
 *
 * Options are yielded one by one, so that what a caller throws for one comes before a complaint about a later one, as
 * in scp. The generator returns the operands.
 *
 * Written by hand because commander, measured against the same vectors, takes the second half of `-p-help` for `--help`,
 * words its errors its own way without telling their parts, and takes 12 ms to load out of the 60 ms that
 * `scpkit --version` may take.
 *
 * @param takesArgument whether `flag` takes an argument; `undefined`: there is no such option
 * @throws {GetoptError}
 */
export function* getopt(
  argv: readonly string[],
  takesArgument: (flag: string) => boolean | undefined,
): Generator<ParsedOption, readonly string[]> {
  let index = 0;
  for (; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (word === "--") return argv.slice(index + 1);
    if (word === "-" || !word.startsWith("-")) break;
    const options = word.startsWith("--") ? [longOption(word)] : shortOptions(word, takesArgument);
    for (const { flag, glued } of options) {
      const wanted = takesArgument(flag);
      if (wanted === undefined) throw new GetoptError("unknown option", flag);
      if (!wanted) {
        if (glued !== undefined) throw new GetoptError("option doesn't take an argument", flag);
        yield { flag, value: "" };
        continue;
      }
      const value = glued ?? argv[++index];
      if (value === undefined) throw new GetoptError("option requires an argument", flag);
      yield { flag, value };
    }
  }
  return argv.slice(index);
}

interface Candidate {
  readonly flag: string;
  readonly glued: string | undefined;
}

function longOption(word: string): Candidate {
  const equals = word.indexOf("=");
  return equals < 0 ? { flag: word, glued: undefined } : { flag: word.slice(0, equals), glued: word.slice(equals + 1) };
}

function* shortOptions(word: string, takesArgument: (flag: string) => boolean | undefined): Generator<Candidate> {
  const letters = Array.from(word.slice(1));
  for (const [index, letter] of letters.entries()) {
    const flag = `-${letter}`;
    if (takesArgument(flag) === true) {
      const glued = letters.slice(index + 1).join("");
      yield { flag, glued: glued === "" ? undefined : glued };
      return;
    }
    yield { flag, glued: undefined };
  }
}
