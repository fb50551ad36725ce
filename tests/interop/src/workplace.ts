import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { generateHostKey, type Ssh2KeyPair } from "@scpkit/ssh2/server";
import { generateEcdsaKey } from "./ecdsa-key.ts";

/** A test's temporary folder: `local` and `remote` for the two sides, and what SSH programs need to connect. */
export interface Workplace {
  readonly folder: string;
  readonly local: string;
  readonly remote: string;
  readonly hostKey: Ssh2KeyPair;
  readonly clientKey: Ssh2KeyPair;
  /** The client's private key as a file. */
  readonly identity: string;
}

/** The type of a workplace's keys: older clients know no Ed25519. */
export type KeyType = "ed25519" | "ecdsa";

/** Makes a workplace that is removed when the test ends. */
export function makeWorkplace(t: TestContext, keyType: KeyType = "ed25519"): Workplace {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-interop-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const [local, remote, identity] = [join(folder, "local"), join(folder, "remote"), join(folder, "id")];
  mkdirSync(local);
  mkdirSync(remote);
  const generate = keyType === "ecdsa" ? generateEcdsaKey : generateHostKey;
  const [hostKey, clientKey] = [generate(), generate()];
  writeFileSync(identity, clientKey.privateKey, { mode: 0o600 });
  writeFileSync(`${identity}.pub`, `${clientKey.publicKey}\n`);
  writeFileSync(join(folder, "authorized_keys"), `${clientKey.publicKey}\n`);
  writeFileSync(join(folder, "host_key"), hostKey.privateKey, { mode: 0o600 });
  return { folder, local, remote, hostKey, clientKey, identity };
}

/** A server as a test's clients reach it. */
export interface InteropServer {
  readonly place: Workplace;
  readonly port: number;
  readonly username: string;
  /** How a path below `remote` is asked for. */
  path(relative: string): string;
  /** Arguments for `scp`, `ssh` and `scpkit`; the host is then called `peer`. */
  readonly options: readonly string[];
  /** Process id of a server that is a process of its own. */
  readonly pid?: number | undefined;
}

/** Writes the ssh_config by which clients reach the server. */
export function describeServer(place: Workplace, server: Omit<InteropServer, "place" | "options">): InteropServer {
  const knownHosts = join(place.folder, "known_hosts");
  writeFileSync(knownHosts, `[127.0.0.1]:${server.port} ${place.hostKey.publicKey}\n`);
  const config = [
    "Host peer",
    "HostName 127.0.0.1",
    `Port ${server.port}`,
    `User ${server.username}`,
    `IdentityFile ${place.identity}`,
    "IdentitiesOnly yes",
    `UserKnownHostsFile ${knownHosts}`,
    "GlobalKnownHostsFile none",
    "StrictHostKeyChecking yes",
    "BatchMode yes",
  ];
  const file = join(place.folder, "ssh_config");
  writeFileSync(file, `${config.join("\n")}\n`);
  return { ...server, place, options: ["-F", file] };
}
