import { parseArgs } from "node:util";
import { type MicroName, microNames } from "./micro/names.ts";
import { knownCases } from "./plan.ts";
import { thresholdCases } from "./report/thresholds.ts";

/** The options of the command line. */
export interface BenchOptions {
  readonly help: boolean;
  readonly quick: boolean;
  readonly check: boolean;
  readonly profile: boolean;
  /** Results go to `results/NAME.json`, `.md` and `.svg`. */
  readonly name: string;
  /** The copy cases to run; if absent, all. */
  readonly cases?: readonly string[] | undefined;
  /** The measurements inside one process to run. */
  readonly micro: readonly MicroName[];
  readonly peers?: readonly string[] | undefined;
  readonly runtimes?: readonly string[] | undefined;
  readonly parallel?: readonly number[] | undefined;
  readonly directions?: readonly ("up" | "down")[] | undefined;
  readonly delaysMs?: readonly number[] | undefined;
  readonly cipher?: "default" | "equal" | undefined;
  readonly rounds?: number | undefined;
  readonly limitSeconds: number;
  readonly patienceSeconds: number;
  readonly budgetSeconds: number;
  /** Folder for the temporary files. If absent, the system's. */
  readonly folder?: string | undefined;
}

/** The text of `--help`. */
export const usage: string = `npm run bench -- [options]

  --quick               small versions of the cases, within three minutes
  --check               only what the aims need, and whether they are met
  --case A,B            cases: ${knownCases(false)
    .map(({ name }) => name)
    .join(", ")};
                        with --quick: ${knownCases(true)
                          .map(({ name }) => name)
                          .join(", ")};
                        in one process: ${microNames.join(", ")}
  --peers A,B           scpkit, scp, scp-O, tar, rsync, sftp-client, cat
  --direction up|down   one direction only
  --delay 0,20          round trips in milliseconds, instead of those of each case
  --cipher default|equal  peers' own ciphers, or the same for all, instead of both
  --rounds N            runs of each peer (default 5; with --quick 2, or 1 where there is delay)
  --runtimes A,B        what runs scpkit: node, node-no-addon, node24, node24-no-addon, bun, deno
  --parallel 1,4        also run scpkit with these values of --parallel
  --limit S             stop a run after S seconds (default 180; with --quick 30)
  --patience S          do not repeat a run that took over S seconds (default 60)
  --budget S            stop everything after S seconds (default none; with --quick 150)
  --folder DIR          where the temporary files go
  --profile             one more run of scpkit per scenario, with a CPU profile, into results/local/profiles
  --name OUT            write results/OUT.json, .md and .svg (default local/latest)
`;

/** Parses the command line. @throws if an option is unknown or invalid */
export function parseOptions(words: readonly string[]): BenchOptions {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      help: flag,
      quick: flag,
      check: flag,
      profile: flag,
      case: text,
      peers: text,
      runtimes: text,
      parallel: text,
      direction: text,
      delay: text,
      cipher: text,
      rounds: text,
      limit: text,
      patience: text,
      budget: text,
      folder: text,
      name: text,
    },
  });
  const { quick, check } = values;
  const known = knownCases(quick).map(({ name }) => name);
  const named = list(values.case);
  for (const name of named ?? []) oneOf("case", name, [...known, ...microNames]);
  const needed = check && !quick ? thresholdCases : undefined;
  return {
    help: values.help,
    quick,
    check,
    profile: values.profile,
    name: values.name ?? (quick ? "local/quick" : "local/latest"),
    cases: named?.filter((name) => known.includes(name)) ?? needed,
    micro: named === undefined ? microNames : microNames.filter((name) => named.includes(name)),
    peers: list(values.peers),
    runtimes: list(values.runtimes),
    parallel: list(values.parallel)?.map((word) => number("parallel", word)),
    directions: values.direction === undefined ? undefined : [oneOf("direction", values.direction, ["up", "down"])],
    delaysMs: list(values.delay)?.map((word) => number("delay", word)),
    cipher: values.cipher === undefined ? undefined : oneOf("cipher", values.cipher, ["default", "equal"]),
    rounds: values.rounds === undefined ? undefined : number("rounds", values.rounds),
    limitSeconds: number("limit", values.limit ?? (quick ? "30" : "180")),
    patienceSeconds: number("patience", values.patience ?? "60"),
    budgetSeconds:
      values.budget === undefined ? (quick ? 150 : Number.POSITIVE_INFINITY) : number("budget", values.budget),
    folder: values.folder,
  };
}

function list(value: string | undefined): string[] | undefined {
  return value?.split(",").filter((word) => word !== "");
}

function number(option: string, word: string): number {
  const value = Number(word);
  if (word.trim() === "" || !(value >= 0)) throw new Error(`--${option} wants a number, not ${JSON.stringify(word)}`);
  return value;
}

function oneOf<const T extends string>(option: string, word: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === word);
  if (choice === undefined) {
    throw new Error(`--${option} wants one of ${choices.join(", ")}, not ${JSON.stringify(word)}`);
  }
  return choice;
}
