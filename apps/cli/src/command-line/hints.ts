import { suggest } from "@scpkit/codec";
import { optionTable, visibleOptions } from "./option-table.ts";
import { subcommands } from "./subcommand-table.ts";

/** Returns what to try instead of an option that does not exist, and where the help is. */
export function optionHint(flag: string, program: string): string {
  const where = `${program} --help lists the options`;
  const meant = optionTable.find(({ mistakenFor }) => mistakenFor?.includes(flag))?.flag ?? similarOption(flag);
  return meant === undefined ? where : `Use ${meant} instead of ${flag}; ${where}`;
}

/** Long names only: any two letters are similar. */
function similarOption(flag: string): string | undefined {
  if (!flag.startsWith("--")) return undefined;
  const names = visibleOptions.flatMap((row) => [row.flag, ...(row.mistakenFor ?? [])]);
  const similar = suggest(
    flag,
    names.filter((name) => name.startsWith("--")),
  );
  return visibleOptions.find((row) => row.flag === similar || row.mistakenFor?.includes(similar ?? ""))?.flag;
}

/** Returns the command that a first word may have been meant for, as a question. `undefined`: it resembles none. */
export function commandHint(word: string, program: string): string | undefined {
  const meant = suggest(word, [...subcommands.map(({ name }) => name), "help", "version"] as const);
  if (meant === undefined) return undefined;
  const command = subcommands.find(({ name }) => name === meant);
  const words = command === undefined ? [`--${meant}`] : [command.name, command.operands];
  return `Did you mean ${[program, ...words].join(" ")}?`;
}
