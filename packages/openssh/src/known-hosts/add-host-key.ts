import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { type HostAddress, hashHostName, knownHostsName } from "./host-name.ts";
import { KnownHostsError } from "./known-hosts-error.ts";

/** A key to store. */
export interface NewHostKey extends HostAddress {
  /** The key type: `"ssh-ed25519"`, `"ecdsa-sha2-nistp256"`, `"ssh-rsa"` … */
  readonly keyType: string;
  /** The public key in wire format. */
  readonly key: Uint8Array;
  /** Numeric address to store it for in addition to the name (`CheckHostIP`). */
  readonly address?: string | undefined;
}

/** Options of {@link addHostKey}. */
export interface AddHostKeyOptions {
  /** Whether to hash names (`HashKnownHosts`). @default false */
  readonly hash?: boolean | undefined;
}

/**
 * Appends a key to a known-hosts file in one write, so that lines that other programs add at the same time stay intact.
 * A last line without a newline is ended first. Creates the file (mode 0600) and, if it is missing, its folder (mode
 * 0700).
 *
 * @returns the lines that were written, without newlines
 * @throws {KnownHostsError} if the file cannot be written, or the name contains characters with a special meaning there
 */
export async function addHostKey(
  newKey: NewHostKey,
  file: string,
  options: AddHostKeyOptions = {},
): Promise<readonly string[]> {
  const { address, port, keyType, key } = newKey;
  const names = [knownHostsName(newKey)];
  if (address !== undefined && address !== newKey.host) names.push(knownHostsName({ host: address, port }));
  for (const name of names) checkName(name);
  const columns = options.hash === true ? names.map((name) => hashHostName(name)) : [names.join(",")];
  const lines = columns.map((hosts) => `${hosts} ${keyType} ${Buffer.from(key).toString("base64")}`);
  try {
    await appendLines(file, lines);
  } catch (cause) {
    const hint = "Check the permissions of the file and its folder, or name another one in UserKnownHostsFile";
    throw new KnownHostsError("unwritable", `Cannot add the host key to ${file}`, { file, hint, cause });
  }
  return lines;
}

async function appendLines(file: string, lines: readonly string[]): Promise<void> {
  const handle = await openForAppend(file);
  try {
    const start = (await endsOpen(handle)) ? "\n" : "";
    await handle.writeFile(`${start}${lines.join("\n")}\n`);
  } finally {
    await handle.close();
  }
}

async function openForAppend(file: string): Promise<FileHandle> {
  try {
    return await open(file, "a+", 0o600);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    await mkdir(dirname(file), { mode: 0o700 });
    return open(file, "a+", 0o600);
  }
}

/** Returns whether the last line has no newline. */
async function endsOpen(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { bytesRead, buffer } = await handle.read(new Uint8Array(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer[0] !== 0x0a;
}

/** Rejects names that would be parsed as a pattern, a marker, a comment or several names. */
function checkName(name: string): void {
  if (/^[^\s\x00-\x1f\x7f,*?!|#@]+$/.test(name)) return;
  throw new KnownHostsError(
    "bad-name",
    `The host name ${JSON.stringify(name)} cannot be stored in a known-hosts file`,
    {
      hint: "Check the host name and HostKeyAlias",
    },
  );
}
