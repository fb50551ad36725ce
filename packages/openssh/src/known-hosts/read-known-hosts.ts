import { readFile } from "node:fs/promises";
import { matchHosts } from "./host-name.ts";
import { KnownHostsError } from "./known-hosts-error.ts";
import { type KnownHosts, parseKnownHosts } from "./known-hosts-line.ts";

/**
 * Reads known-hosts files one after the other. Missing files count as empty.
 *
 * @throws {KnownHostsError} if a file exists and cannot be read, or is UTF-16 text; `ssh` finds no host in such files,
 * so that a changed key would be accepted
 */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHosts> {
  const parts = await Promise.all(files.map(async (file) => parseKnownHosts(await readText(file), file)));
  return {
    entries: parts.flatMap(({ entries }) => entries),
    unreadable: parts.flatMap(({ unreadable }) => unreadable),
  };
}

/** Returns the lines about the host called `name` (see `knownHostsName`), in their order. */
export function linesOf(name: string, { entries, unreadable }: KnownHosts): KnownHosts {
  const isOfHost = ({ hosts }: { readonly hosts: string }) => matchHosts(name, hosts) === true;
  return { entries: entries.filter(isOfHost), unreadable: unreadable.filter(isOfHost) };
}

async function readText(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return "";
    throw new KnownHostsError("unreadable", `Cannot read the known hosts in ${file}`, {
      file,
      hint: "Check its permissions, or leave it out of UserKnownHostsFile and GlobalKnownHostsFile",
      cause: error,
    });
  }
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new KnownHostsError("unreadable", `Cannot read the known hosts in ${file}: it is UTF-16 text`, {
      file,
      hint: "Save the file as UTF-8",
    });
  }
  // Drops the byte order mark of UTF-8, which some editors write.
  return new TextDecoder().decode(bytes);
}
