import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { type HostAddress, hashHostName, knownHostsName } from "./host-name.ts";
import { KnownHostsError } from "./known-hosts-error.ts";

/** A key to remember. */
export interface NewHostKey extends HostAddress {
  /** `"ssh-ed25519"`, `"ecdsa-sha2-nistp256"`, `"ssh-rsa"` … */
  readonly keyType: string;
  /** The public key in wire format. */
  readonly key: Uint8Array;
  /** Numeric address to remember it for besides the name (`CheckHostIP`). */
  readonly address?: string | undefined;
}

/** Options of {@link addHostKey}. */
export interface AddHostKeyOptions {
  /** Whether names are hidden (`HashKnownHosts`). @default false */
  readonly hash?: boolean | undefined;
}

/**
 * Adds a key to the end of a known-hosts file, in one write: lines that other programs add at the same time stay whole,
 * and a last line without newline is ended first. Creates the file (mode 0600) and, if it is missing, the folder it is
 * in (mode 0700).
 *
 * @returns the lines that were written, without newlines
 * @throws {KnownHostsError} the file cannot be written, or the name has characters that would mean something else there
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

/** Whether the last line has no newline. */
async function endsOpen(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { bytesRead, buffer } = await handle.read(new Uint8Array(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer[0] !== 0x0a;
}

/** Refuses names that would be read as a pattern, a marker, a comment or several names. */
function checkName(name: string): void {
  if (/^[^\s\x00-\x1f\x7f,*?!|#@]+$/.test(name)) return;
  throw new KnownHostsError("bad-name", `The host name ${JSON.stringify(name)} cannot be kept in a known-hosts file`, {
    hint: "Check the host name and HostKeyAlias",
  });
}
