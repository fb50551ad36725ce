import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The command as it is installed. */
export const scpkit: string = fileURLToPath(new URL("../../bin/scpkit.js", import.meta.url));

/**
 * The program and the arguments that run the command. `SCPKIT_TEST_RUNTIME` chooses another runtime than the one of the tests: a JSON
 * array such as `["/usr/bin/deno", "run", "-A"]`.
 */
export const scpkitCommand: readonly [program: string, ...argv: string[]] = [...testRuntime(), scpkit];

function testRuntime(): readonly [program: string, ...argv: string[]] {
  const words: unknown = JSON.parse(process.env.SCPKIT_TEST_RUNTIME ?? "null");
  const [program, ...argv]: unknown[] = Array.isArray(words) ? words : [process.execPath];
  return [String(program), ...argv.map(String)];
}

/** How a program ended and what it said. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** How {@link run} starts a program. */
export interface RunOptions {
  readonly cwd?: string;
  /** Besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it finds on its standard input. @default nothing */
  readonly input?: string;
  /** Called with each piece of its standard output and error together. */
  readonly onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs a program over pipes, in a session of its own: no terminal is there to be asked. */
export function run(program: string, argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { cwd, env, input = "", onOutput } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { cwd, env: { ...process.env, ...env }, detached: true });
    let stdout = "";
    let stderr = "";
    const heard = (text: string): void => onOutput?.(text, (signal) => void child.kill(signal));
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      heard(String(chunk));
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
      heard(String(chunk));
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.once("error", reject);
    child.once("close", (status) => resolve({ stdout, stderr, status }));
  });
}

/** Runs the command line tool. */
export function runCli(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [program, ...first] = scpkitCommand;
  return run(program, [...first, ...argv], options);
}
