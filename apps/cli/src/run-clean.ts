import { parseArgs } from "node:util";
import { escapeText } from "@scpkit/codec";
import { removeTemporaryFiles } from "@scpkit/fs";

/** What `scpkit clean` was asked to do. */
export interface CleanOptions {
  readonly type: "clean";
  /** One or more. */
  readonly directories: readonly string[];
  readonly olderThanMs: number;
  readonly recursive: boolean;
  readonly dryRun: boolean;
}

/** The help of `scpkit clean`. */
export const cleanHelp = `Usage: scpkit clean [options] [DIR ...]

Removes what interrupted transfers have left in DIR (default: the current directory): regular files named
.scpkit-UUID.tmp that nobody has written to for a day. Nothing else is touched, and no symbolic link is followed.

  -r, --recursive       look into the directories below, too
  -n, --dry-run         tell what would be removed, and remove nothing
  --older-than TIME     for how long nobody may have written to them: 90s, 10m, 12h or 2d (default: 1d)
  --help                this text

Each removed file is told in one line. A transfer that still runs writes to its file all the time: keep TIME longer than any pause.
`;

/** Reads the words after `clean`. */
export function parseCleanOptions(argv: readonly string[]): CleanOptions | { readonly type: "help" } {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      recursive: { type: "boolean", short: "r" },
      "dry-run": { type: "boolean", short: "n" },
      "older-than": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return { type: "help" };
  return {
    type: "clean",
    directories: positionals.length === 0 ? ["."] : positionals,
    olderThanMs: parseDuration(values["older-than"] ?? "1d"),
    recursive: values.recursive === true,
    dryRun: values["dry-run"] === true,
  };
}

/**
 * `scpkit clean [DIR ...]`: removes the temporary files of transfers that were killed.
 *
 * @returns the exit status
 */
export async function runClean(argv: readonly string[]): Promise<number> {
  const complain = (error: unknown): void => {
    process.stderr.write(`scpkit clean: ${escapeText(error instanceof Error ? error.message : String(error))}\n`);
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
    process.stdout.write(cleanHelp);
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
