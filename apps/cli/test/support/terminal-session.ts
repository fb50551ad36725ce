import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { run, scpkitCommand } from "./cli.ts";

/** What a person does once something is shown. */
export interface Step {
  /** A regular expression of Python, searched in what has been shown since the step before. */
  readonly expect: string;
  readonly send?: string;
  /** Rows and columns. */
  readonly resize?: readonly [number, number];
  readonly signal?: NodeJS.Signals;
  /** Seconds to wait before any of it. @default 0 */
  readonly pause?: number;
}

/** How {@link onTerminal} runs the command. */
export interface TerminalOptions {
  readonly steps?: readonly Step[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @default 80 */
  readonly columns?: number;
  /** What the command finds on standard input. @default "terminal" */
  readonly stdin?: "terminal" | "null";
  /** @default scpkit */
  readonly program?: readonly string[];
}

/** What came of {@link onTerminal}. */
export interface TerminalOutcome {
  readonly shown: string;
  /** Negative: the signal that has ended the program. */
  readonly status: number;
  /** Whether the terminal shows and edits what is typed, and sends signals, as before. */
  readonly restored: boolean;
}

const python = "/usr/bin/python3";
const driver = fileURLToPath(new URL("pty-driver.py", import.meta.url));

/** Skips the test where a pseudo-terminal cannot be driven. */
export function noTerminal(t: TestContext): boolean {
  const missing = !existsSync(python);
  if (missing) t.skip("peer missing: python3");
  return missing;
}

/** Runs the command on a pseudo-terminal of its own. All steps have to come about. */
export async function onTerminal(argv: readonly string[], options: TerminalOptions = {}): Promise<TerminalOutcome> {
  const { steps = [], cwd = process.cwd(), env, columns = 80, stdin = "terminal" } = options;
  const { program = scpkitCommand } = options;
  const job = {
    argv: [...program, ...argv],
    env: { ...process.env, TERM: "xterm", LANG: "C.UTF-8", ...env },
    cwd,
    columns,
    stdin,
    steps,
  };
  const outcome = await run(python, [driver], { input: JSON.stringify(job) });
  assert.equal(outcome.status, 0, outcome.stderr);
  const { problem, ...result }: TerminalOutcome & { problem: string | null } = JSON.parse(outcome.stdout);
  assert.equal(problem, null, `${problem}; shown: ${JSON.stringify(result.shown)}`);
  return result;
}
