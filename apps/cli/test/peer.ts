import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";

/**
 * Skips the test when `program` cannot be run, and says so.
 *
 * @param name what to report as missing
 * @param argv arguments with which it has to end with status 0; absent: it only has to start
 */
export function missing(t: TestContext, name: string, program: string = name, argv?: readonly string[]): boolean {
  const { error, status } = spawnSync(program, argv ?? ["--version"], { stdio: "ignore" });
  const found = error === undefined && (argv === undefined || status === 0);
  if (!found) t.skip(`peer missing: ${name}`);
  return !found;
}
