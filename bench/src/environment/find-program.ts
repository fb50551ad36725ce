import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const systemFolders = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/sbin"];

/** Absolute path of a program: from `first`, from `PATH`, then from the folders for system programs; `undefined` when it is nowhere. */
export function findProgram(name: string, first: readonly string[] = []): string | undefined {
  const folders = [...first, ...(process.env.PATH ?? "").split(delimiter), ...systemFolders];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** As {@link findProgram}. @throws when it is nowhere */
export function needProgram(name: string, first: readonly string[] = []): string {
  const path = findProgram(name, first);
  if (path === undefined) throw new Error(`The benchmark needs ${name}, which is not installed`);
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
