import { readFile } from "node:fs/promises";
import { matchHosts } from "./host-name.ts";
import { KnownHostsError } from "./known-hosts-error.ts";
import { type KnownHostEntry, parseKnownHosts } from "./known-hosts-line.ts";

/**
 * Reads known-hosts files one after the other. Those that do not exist are empty.
 *
 * @throws {KnownHostsError} one exists and cannot be read; `ssh` takes it for empty, which would let a changed key pass
 */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHostEntry[]> {
  const entries = await Promise.all(files.map(async (file) => parseKnownHosts(await readText(file), file)));
  return entries.flat();
}

/** Those of `entries` that are about the host called `name` (see `knownHostsName`), in their order. */
export function entriesOf(name: string, entries: readonly KnownHostEntry[]): KnownHostEntry[] {
  return entries.filter((entry) => matchHosts(name, entry.hosts) === true);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return "";
    throw new KnownHostsError("unreadable", `Cannot read the known hosts in ${file}`, {
      file,
      hint: "Check its permissions, or leave it out of UserKnownHostsFile and GlobalKnownHostsFile",
      cause: error,
    });
  }
}
