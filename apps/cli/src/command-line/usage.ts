import { type OptionGroup, type OptionRow, visibleOptions } from "./option-table.ts";
import { subcommands } from "./subcommand-table.ts";

/** Width that all of this fits into: a terminal of 80 columns, whose last one is left free. */
const width = 79;

/**
 * The usage text, as scp's: written to standard error when the command line makes no sense.
 *
 * @param program what the command is called
 */
export function usage(program: string): string {
  return `${fill(`usage: ${program} `, synopsisWords())}\n`;
}

/** The words of the synopsis: letters without arguments in one bundle, then the others in alphabetical order. */
export function synopsisWords(): string[] {
  const sorted = visibleOptions.toSorted((a, b) => compareFlags(a.flag, b.flag));
  const bundle = sorted.filter((row) => row.argument === undefined && !row.flag.startsWith("--"));
  const withArgument = sorted.filter((row) => row.argument !== undefined);
  return [
    `[-${bundle.map((row) => row.flag.slice(1)).join("")}]`,
    ...withArgument.map((row) => `[${row.flag} ${row.argument}]`),
    "source ... target",
  ];
}

/**
 * What `--help` shows: all options in groups, two to a line, on one screen of 80 columns and 24 lines.
 *
 * @param program what the command is called
 */
export function help(program: string): string {
  const groups = new Map<OptionGroup, OptionRow[]>();
  for (const row of visibleOptions) {
    groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  }
  const lines = [
    `usage: ${program} [options] source ... target`,
    "source, target: a path, [user@]host:[path] or scp://[user@]host[:port][/path]",
  ];
  for (const [group, rows] of groups) {
    lines.push(`${group}:`);
    const half = Math.ceil(rows.length / 2);
    for (let index = 0; index < half; index++) {
      lines.push(`${cell(rows[index]).padEnd(40)}${cell(rows[index + half])}`.trimEnd());
    }
  }
  const others = subcommands.map(({ name, options, operands }) => {
    return `${program} ${name} ${options.length > 0 ? "--help" : operands}`;
  });
  lines.push(`Also: ${others.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

function cell(row: OptionRow | undefined): string {
  if (row === undefined) return "";
  const argument = row.argument === undefined ? "" : ` ${row.argument.split("_").at(-1)}`;
  return ` ${`${row.flag}${argument}`.padEnd(15)} ${row.brief}`;
}

function compareFlags(a: string, b: string): number {
  const [lowerA, lowerB] = [a.toLowerCase(), b.toLowerCase()];
  if (a.startsWith("--") !== b.startsWith("--")) return a.startsWith("--") ? 1 : -1;
  if (lowerA !== lowerB) return lowerA < lowerB ? -1 : 1;
  return a < b ? -1 : 1;
}

function fill(start: string, words: readonly string[]): string {
  const indent = " ".repeat(start.length);
  const lines: string[] = [];
  let line = start;
  for (const word of words) {
    if (line.trim() !== "" && line.length + word.length > width) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join("\n");
}
