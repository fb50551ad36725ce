import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** The `scpkit` command. */
export const scpkitProgram: string = join(import.meta.dirname, "..", "..", "..", "apps", "cli", "bin", "scpkit.js");

/** How a program ended. */
export interface ProgramOutcome {
  /** Exit status; `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program under way. */
export interface RunningProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<ProgramOutcome>;
}

/** What {@link start} takes besides the arguments. */
export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
}

/** Starts a program; a test that ends before it ends it. */
export function start(
  t: TestContext,
  program: string,
  argv: readonly string[],
  options: ProgramOptions = {},
): RunningProgram {
  const env = { ...process.env, ...options.env };
  const child = spawn(program, argv, { stdio: ["ignore", "pipe", "pipe"], env, cwd: options.cwd });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<ProgramOutcome>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  t.after(async () => {
    child.kill("SIGKILL");
    await ended.catch(() => {});
  });
  return { child, ended };
}

/** Runs a program to its end. */
export function run(
  t: TestContext,
  program: string,
  argv: readonly string[],
  options?: ProgramOptions,
): Promise<ProgramOutcome> {
  return start(t, program, argv, options).ended;
}
