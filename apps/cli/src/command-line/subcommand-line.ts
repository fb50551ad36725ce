import { parseArgs } from "node:util";
import { suggest } from "@scpkit/codec";
import { findSubcommand, type Subcommand, type SubcommandName, type SubcommandOption } from "./subcommand-table.ts";

/** The words after the name of a command. Options are named by their `flag` in the table. */
export interface SubcommandLine {
  has(flag: string): boolean;
  /** The argument of an option; of several the last one. */
  last(flag: string): string | undefined;
  /** The arguments of an option, in order. */
  all(flag: string): readonly string[];
  readonly operands: readonly string[];
}

/**
 * Reads the words after the name of a command. Options and operands may be mixed; `--` ends the options.
 *
 * @throws {Error} an option is unknown, lacks its argument or takes none
 */
export function readSubcommandLine(name: SubcommandName, argv: readonly string[]): SubcommandLine {
  const { options } = findSubcommand(name);
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: Object.fromEntries(options.map(parseArgsOption)),
  });
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = options.find(({ flag, short }) => token.rawName === flag || token.rawName === short);
    if (option === undefined) {
      const similar = suggest(
        token.rawName,
        options.flatMap(({ flag, short }) => [flag, short ?? []].flat()),
      );
      throw new Error(`Unknown option ${token.rawName}${similar === undefined ? "" : `; did you mean ${similar}?`}`);
    }
    if (option.argument === undefined && token.value !== undefined) {
      throw new Error(`The option ${token.rawName} takes no argument`);
    }
    if (option.argument !== undefined && token.value === undefined) {
      throw new Error(`The option ${token.rawName} requires an argument`);
    }
    values.set(option.flag, [...(values.get(option.flag) ?? []), token.value ?? ""]);
  }
  return {
    has: (flag) => values.has(flag),
    last: (flag) => values.get(flag)?.at(-1),
    all: (flag) => values.get(flag) ?? [],
    operands: positionals,
  };
}

function parseArgsOption({ flag, short, argument }: SubcommandOption) {
  const letter = flag.startsWith("--") ? short : flag;
  const option = { type: argument === undefined ? ("boolean" as const) : ("string" as const) };
  const name = flag.replace(/^--?/, "");
  return [name, letter === undefined ? option : { ...option, short: letter.slice(1) }] as const;
}

const width = 100;

/** Returns the text of `scpkit NAME --help`. */
export function subcommandHelp(subcommand: Subcommand, program: string): string {
  const { name, options, operands, description, remark } = subcommand;
  const labels = options.map(({ flag, short, argument }) =>
    [[short, flag].filter((word) => word !== undefined).join(", "), argument ?? []].flat().join(" "),
  );
  const column = Math.max(...labels.map((label) => label.length)) + 5;
  const lines = [`Usage: ${program} ${name} [options] ${operands}`, "", ...wrap(description, width), ""];
  for (const [index, option] of options.entries()) {
    const [first = "", ...rest] = wrap(option.description, width - column);
    lines.push(`  ${labels[index]}`.padEnd(column) + first, ...rest.map((line) => " ".repeat(column) + line));
  }
  if (remark !== undefined) lines.push("", ...wrap(remark, width));
  return `${lines.join("\n")}\n`;
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
