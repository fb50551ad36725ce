import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { needProgram } from "@scpkit/test-support/programs";
import type { Sshd } from "./sshd.ts";

/** How a peer reaches the server, directly or through a delay proxy. */
export interface ClientAccess {
  /** Host alias inside `configFile`. */
  readonly host: string;
  /** A complete ssh_config for `host`, to be passed with `-F`. */
  readonly configFile: string;
  /** The settings in `configFile`, for clients that do not read it. */
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile: string;
}

/** Writes the client files for one port of the server into `folder`. */
export function createClientAccess(folder: string, sshd: Sshd, port: number): ClientAccess {
  const hostname = "127.0.0.1";
  const own = join(folder, `client-${port}`);
  mkdirSync(own);
  const knownHosts = join(own, "known_hosts");
  writeFileSync(knownHosts, `[${hostname}]:${port} ${sshd.hostKey}\n`);
  const configFile = join(own, "config");
  const lines = [
    "Host bench",
    `  HostName ${hostname}`,
    `  Port ${port}`,
    `  User ${sshd.user}`,
    `  IdentityFile ${sshd.identityFile}`,
    "  IdentitiesOnly yes",
    "  IdentityAgent none",
    `  UserKnownHostsFile ${knownHosts}`,
    "  GlobalKnownHostsFile none",
    "  StrictHostKeyChecking yes",
    "  UpdateHostKeys no",
    "  PreferredAuthentications publickey",
    "  ControlMaster no",
    "  LogLevel ERROR",
  ];
  writeFileSync(configFile, `${lines.join("\n")}\n`);
  return { host: "bench", configFile, hostname, port, user: sshd.user, identityFile: sshd.identityFile };
}

/** Properties of the remote shell. Without them, times with several channels cannot be compared between machines. */
export interface RemoteShell {
  /** Path of the shell. */
  readonly shell: string;
  /** Milliseconds of `ssh host true`, connection included: median of five. */
  readonly trivialCommandMs: number;
}

/** Logs in and inspects the remote shell. @throws if its home folder is not the expected empty one */
export async function inspectRemoteShell(access: ClientAccess, sshd: Sshd): Promise<RemoteShell> {
  const ssh = (command: string): Promise<{ stdout: string }> =>
    promisify(execFile)(needProgram("ssh"), ["-F", access.configFile, access.host, command], { encoding: "utf8" });
  const { stdout } = await ssh('echo "$0"; echo "$HOME"; ls -A "$HOME" | wc -l');
  const [shell = "", home, entries] = stdout.split("\n").map((line) => line.trim());
  if (home !== sshd.remoteHome || entries !== "0") {
    throw new Error(`The remote shell has ${home} as its home, with ${entries} entries, instead of an empty folder`);
  }
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now();
    await ssh("true");
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { shell, trivialCommandMs: Math.round(times[2] ?? 0) };
}
