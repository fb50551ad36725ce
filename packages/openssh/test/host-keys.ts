import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./peers.ts";

/** A public key as a known-hosts line has it and as a program needs it. */
export interface TestKey {
  readonly keyType: string;
  readonly key: Uint8Array;
  /** Type and base64, as in a file. */
  readonly text: string;
}

/** A key of type ed25519 that nobody has the private half of. */
export function randomKey(): TestKey {
  const type = Buffer.from("ssh-ed25519");
  const key = Buffer.concat([Buffer.from([0, 0, 0, type.length]), type, Buffer.from([0, 0, 0, 32]), randomBytes(32)]);
  return testKey(`ssh-ed25519 ${key.toString("base64")}`);
}

/** Reads `type base64 …`. */
export function testKey(line: string): TestKey {
  const [keyType = "", base64 = ""] = line.trim().split(" ");
  return { keyType, key: new Uint8Array(Buffer.from(base64, "base64")), text: `${keyType} ${base64}` };
}

/** Makes a key pair with ssh-keygen; the private key is in `name` of `folder`. */
export async function generateKey(folder: string, name: string, type: "ed25519" | "ecdsa" | "rsa"): Promise<TestKey> {
  const file = join(folder, name);
  const made = await run("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "test", "-f", file]);
  if (made.code !== 0) throw new Error(made.stderr);
  return testKey(await readFile(`${file}.pub`, "utf8"));
}
