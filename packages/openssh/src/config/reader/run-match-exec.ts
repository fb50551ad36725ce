import { spawn } from "node:child_process";
import { env } from "node:process";

/**
 * Runs the command of a `Match exec` line in the user's shell, without input and output, as `ssh` does.
 *
 * It runs code from the configuration files: pass it as `matchExec` only if that is intended.
 *
 * @returns whether the command exited with 0
 */
export async function runMatchExec(command: string): Promise<boolean> {
  const shell = env.SHELL || "/bin/sh";
  const child = spawn(shell, ["-c", command], { stdio: ["ignore", "ignore", "inherit"] });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}
