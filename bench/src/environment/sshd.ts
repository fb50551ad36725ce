import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { generateKey } from "@scpkit/test-support/processes";
import { launchSshd } from "@scpkit/test-support/sshd";

/** A running OpenSSH server that only this benchmark can log in to. */
export interface Sshd {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Login name: whoever runs the benchmark. */
  readonly user: string;
  /** Path of the private key that may log in. */
  readonly identityFile: string;
  /** `ssh-ed25519 AAAA…`, for a known_hosts file. */
  readonly hostKey: string;
  /** The empty home folder that remote commands are given. */
  readonly remoteHome: string;
  /** Stops the server; connections that are still open end with it. */
  close(): Promise<void>;
}

/**
 * Starts sshd on loopback, with new keys, in `folder`.
 *
 * The start-up of a remote shell is part of every peer's time and differs between machines, so it is kept short for all
 * peers: the home folder is empty, so that bash, zsh and others find no start-up files, and `SHLVL` is set, because bash
 * reads a start-up file for a command over ssh only without it.
 */
export async function startSshd(folder: string): Promise<Sshd> {
  const remoteHome = join(folder, "home");
  mkdirSync(remoteHome, { recursive: true });
  const identityFile = join(folder, "client_key");
  const hostKeyFile = join(folder, "host_key");
  for (const file of [identityFile, hostKeyFile]) generateKey(file, ["-C", "scpkit-bench"]);
  const server = await launchSshd(folder, [
    `HostKey ${hostKeyFile}`,
    `AuthorizedKeysFile ${identityFile}.pub`,
    "PrintMotd no",
    "PrintLastLog no",
    "LogLevel ERROR",
    `SetEnv HOME=${remoteHome} ZDOTDIR=${remoteHome} SHLVL=9`,
    `Subsystem sftp ${sftpServer()}`,
  ]);
  const [type, key] = readFileSync(`${hostKeyFile}.pub`, "utf8").split(" ");
  return {
    port: server.port,
    user: userInfo().username,
    identityFile,
    hostKey: `${type} ${key}`,
    remoteHome,
    close: () => server.stop(),
  };
}

/** Returns the SFTP server that distributions configure: a program, rather than the one inside sshd. */
function sftpServer(): string {
  const programs = ["/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server"];
  return programs.find((path) => existsSync(path)) ?? "internal-sftp";
}
