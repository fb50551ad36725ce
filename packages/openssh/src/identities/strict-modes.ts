import type { Stats } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { shellQuote } from "../known-hosts/host-key-text.ts";
import { protectKeyCommand, readKeyFile } from "./key-file.ts";

const brand = Symbol.for("scpkit.StrictModesError");

/** Thrown if other users could have read or written a file that this program must trust. */
export class StrictModesError extends Error {
  override readonly name = "StrictModesError";
  /** The file or directory with the wrong owner or mode. */
  readonly file: string;
  /** The command that repairs the owner or mode. */
  readonly hint: string;

  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value;
  }

  constructor(file: string, problem: string, command: string) {
    super(`${JSON.stringify(file)} ${problem}`);
    this.file = file;
    this.hint = `Run: ${command}`;
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Reads a file that decides who may log in, such as `authorized_keys`. Only root and this program's own user may have
 * permission to write or replace it, as StrictModes of sshd_config requires (`safe_path` in OpenSSH's misc.c). Unlike
 * in OpenSSH, a parent directory that others may write is accepted if its sticky bit is set, as in `/tmp`, because
 * nobody else can replace the file there.
 *
 * On Windows, where files have no modes, the file is only read.
 *
 * @throws {StrictModesError} if others could have written the file
 * @throws {Error} if the file cannot be read (`code` is an errno name)
 */
export async function readTrustedFile(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    if (process.getuid !== undefined) {
      checkWritable(path, await file.stat());
      await checkDirectories(path);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/**
 * Reads a private key. If it belongs to this program's own user, nobody else may have permission to read or write it
 * (`sshkey_perm_ok` in OpenSSH's authfile.c). On Windows the file is only read.
 *
 * @throws {StrictModesError} if others could have read the key
 * @throws {Error} if the file cannot be read (`code` is an errno name)
 */
export async function readPrivateKeyFile(path: string): Promise<Uint8Array> {
  const { data, openMode } = await readKeyFile(path);
  if (openMode === undefined) return data;
  const problem = `is a private key that others may read or write (mode ${octal(openMode)})`;
  throw new StrictModesError(path, problem, protectKeyCommand(path));
}

/** Checks the directories above a file, up to the user's home if the file is below it. */
async function checkDirectories(path: string): Promise<void> {
  const home = await realpath(homedir()).catch(() => undefined);
  let directory = await realpath(path);
  do {
    directory = dirname(directory);
    const stats = await stat(directory);
    if ((stats.mode & 0o1000) === 0) checkWritable(directory, stats);
  } while (directory !== home && directory !== dirname(directory));
}

function checkWritable(path: string, { uid, mode }: Stats): void {
  const shown = shellQuote(path);
  if (uid !== 0 && uid !== process.getuid?.()) {
    throw new StrictModesError(path, "belongs to another user", `chown "$(id -un)" ${shown}`);
  }
  if ((mode & 0o022) !== 0) {
    throw new StrictModesError(path, `may be written by others (mode ${octal(mode)})`, `chmod go-w ${shown}`);
  }
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
