import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";

const systemFolders = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/sbin"];

/**
 * Returns the path of a program, or `undefined` when it is not installed. Looks in `first`, in `PATH`, and in the
 * folders of system programs such as sshd. An absolute path is only checked.
 */
export function findProgram(name: string, first: readonly string[] = []): string | undefined {
  const folders = [...first, ...(process.env.PATH ?? "").split(delimiter), ...systemFolders];
  for (const folder of folders) {
    try {
      const path = isAbsolute(name) ? name : join(folder, name);
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder. In a browser the functions of Node throw.
    }
  }
  return undefined;
}

/** As {@link findProgram}. @throws {Error} when the program is not installed */
export function needProgram(name: string, first: readonly string[] = []): string {
  const path = findProgram(name, first);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

/** Returns the reason to skip a test that needs these programs, or `false` when all of them are installed. */
export function skipWithout(...names: readonly string[]): string | false {
  const missing = names.find((name) => findProgram(name) === undefined);
  return missing === undefined ? false : `peer missing: ${missing}`;
}

/**
 * Skips the test when a program is missing, and returns whether it is.
 *
 * @param name the name to report
 * @param program the program's name or absolute path
 * @param argv arguments with which the program must exit with status 0; by default it only has to be installed
 */
export function isMissing(t: TestContext, name: string, program: string = name, argv?: readonly string[]): boolean {
  const present =
    argv === undefined
      ? findProgram(program) !== undefined
      : spawnSync(program, argv, { stdio: "ignore" }).status === 0;
  if (!present) t.skip(`peer missing: ${name}`);
  return !present;
}
