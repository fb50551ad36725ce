import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ScpConnectionError } from "@scpkit/core";
import ssh2, { type AuthContext } from "ssh2";
import { type ConnectOptions, connect, type Ssh2AuthMethod } from "../../src/index.ts";
import { type EmbeddedServerOptions, startEmbedded } from "./embedded-server.ts";

/** Keys the test's servers know, base64 as on the wire. */
export type Known = ReadonlySet<string>;

/** Reads the base64 of the public half beside a private key. */
export function publicKey(path: string): string {
  return readFileSync(`${path}.pub`, "utf8").split(" ")[1] ?? "";
}

/** Decides about a public key login as a server does, signature included. */
export function checkKey(context: AuthContext, known: Known): boolean {
  if (context.method !== "publickey" || !known.has(context.key.data.toString("base64"))) return false;
  if (context.signature === undefined) return true;
  const key = ssh2.utils.parseKey(context.key.data);
  if (key instanceof Error || Array.isArray(key) || context.blob === undefined) return false;
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}

/** Logs in on a server of its own. Returns the methods that were requested, in order. */
export async function logIn(
  options: EmbeddedServerOptions,
  auth: readonly Ssh2AuthMethod[],
  more: Partial<ConnectOptions> = {},
): Promise<string[]> {
  const requests: string[] = [];
  const server = await startEmbedded({
    ...options,
    onAuth: (context, connection) => {
      requests.push(context.method);
      options.onAuth?.(context, connection);
    },
  });
  try {
    const connection = await connect({
      host: "127.0.0.1",
      port: server.port,
      username: "bob",
      auth,
      verifyHostKey: () => true,
      ...more,
    });
    await connection.close();
    return requests;
  } finally {
    await server.stop();
  }
}

/** Asserts that `error` is a failed login whose message has all `words`. */
export function isAuthentication(error: unknown, ...words: readonly RegExp[]): boolean {
  assert.ok(error instanceof ScpConnectionError, String(error));
  assert.equal(error.code, "authentication");
  for (const word of words) assert.match(error.message, word);
  return true;
}
