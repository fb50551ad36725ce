import { open } from "node:fs/promises";
import { getuid } from "node:process";
import { banner, shellQuote } from "../known-hosts/host-key-text.ts";

/** The contents of a key file, and whether its mode allows its use as a private key. */
export interface KeyFile {
  readonly data: Uint8Array;
  /**
   * The permission bits if the owner is this user and others have any of them; `undefined` if the file is protected.
   */
  readonly openMode: number | undefined;
}

/**
 * Reads the file of a private or public key.
 *
 * `ssh` ignores a private key of its user that others can read, write or execute (authfile.c, `sshkey_perm_ok`). A
 * caller that uses `data` as a private key must do the same if `openMode` is set. {@link describeUnprotectedKey}
 * returns the message.
 *
 * @throws the error of the file system
 */
export async function readKeyFile(path: string): Promise<KeyFile> {
  const file = await open(path, "r");
  try {
    const { uid, mode } = await file.stat();
    const exposed = uid === getuid?.() && (mode & 0o077) !== 0;
    return { data: new Uint8Array(await file.readFile()), openMode: exposed ? mode & 0o777 : undefined };
  } finally {
    await file.close();
  }
}

/**
 * Returns the text that `ssh` shows when it ignores the private key at `path`. It has several lines and no newline at
 * the end.
 */
export function describeUnprotectedKey(path: string, mode: number): string {
  return [
    banner("WARNING: UNPROTECTED PRIVATE KEY FILE!"),
    `Permissions 0${mode.toString(8).padStart(3, "0")} for '${path}' are too open.`,
    "It is required that your private key files are NOT accessible by others.",
    "This private key will be ignored.",
  ].join("\n");
}

/** Returns the command that protects the private key at `path`. */
export function protectKeyCommand(path: string): string {
  return `chmod 600 ${/^[\w@%+=:,./-]+$/.test(path) ? path : shellQuote(path)}`;
}
