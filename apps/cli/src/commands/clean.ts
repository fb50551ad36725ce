import { escapeText } from "@scpkit/codec";
import { removeTemporaryFiles } from "@scpkit/fs";
import { readSubcommandLine, subcommandHelp } from "../command-line/subcommand-line.ts";
import { findSubcommand } from "../command-line/subcommand-table.ts";
import { errorText } from "../report/error-text.ts";

/** What `scpkit clean` was asked to do. */
export interface CleanOptions {
  readonly type: "clean";
  /** One or more. */
  readonly directories: readonly string[];
  readonly olderThanMs: number;
  readonly recursive: boolean;
  readonly dryRun: boolean;
}

/** Reads the words after `clean`. */
export function parseCleanOptions(argv: readonly string[]): CleanOptions | { readonly type: "help" } {
  const line = readSubcommandLine("clean", argv);
  if (line.has("--help")) return { type: "help" };
  return {
    type: "clean",
    directories: line.operands.length === 0 ? ["."] : line.operands,
    olderThanMs: parseDuration(line.last("--older-than") ?? "1d"),
    recursive: line.has("--recursive"),
    dryRun: line.has("--dry-run"),
  };
}

/**
 * `scpkit clean [DIR ...]`: removes the temporary files of transfers that were killed.
 *
 * @returns the exit status
 */
export async function runClean(argv: readonly string[]): Promise<number> {
  const complain = (error: unknown): void => {
    process.stderr.write(`scpkit clean: ${escapeText(errorText(error))}\n`);
  };
  let options: ReturnType<typeof parseCleanOptions>;
  try {
    options = parseCleanOptions(argv);
  } catch (error) {
    complain(error);
    process.stderr.write("hint: scpkit clean --help\n");
    return 1;
  }
  if (options.type === "help") {
    process.stdout.write(subcommandHelp(findSubcommand("clean"), "scpkit"));
    return 0;
  }
  const { directories, ...how } = options;
  let failed = false;
  for (const directory of directories) {
    try {
      for (const path of await removeTemporaryFiles(directory, how)) {
        process.stdout.write(`${how.dryRun ? "Would remove" : "Removed"} ${escapeText(path)}\n`);
      }
    } catch (error) {
      failed = true;
      complain(error);
    }
  }
  return failed ? 1 : 0;
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseDuration(text: string): number {
  const [, number = "", unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (units[unit] ?? Number.NaN);
  if (number === "" || Number.isNaN(ms)) {
    throw new Error(`Expected a time like 90s, 10m, 12h or 2d, got ${JSON.stringify(text)}`);
  }
  return ms;
}
