import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { freePort } from "@scpkit/test-support/free-port";
import { needProgram } from "./find-program.ts";

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
 * What a remote shell does before it runs a command is part of every peer's time and differs between machines, so it is taken away for all
 * peers alike: the home folder is empty (bash, zsh and others find no start-up file of the user's), and `SHLVL` tells bash that it is not a
 * login through ssh, which is when it would look for one.
 */
export async function startSshd(folder: string): Promise<Sshd> {
  const remoteHome = join(folder, "home");
  mkdirSync(remoteHome, { recursive: true });
  const identityFile = join(folder, "client_key");
  const hostKeyFile = join(folder, "host_key");
  for (const file of [identityFile, hostKeyFile]) {
    execFileSync(needProgram("ssh-keygen"), ["-q", "-t", "ed25519", "-N", "", "-C", "scpkit-bench", "-f", file]);
  }
  const { username: user, uid } = userInfo();
  if (uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const port = await freePort();
  const config = join(folder, "sshd_config");
  writeFileSync(config, serverConfig({ port, hostKeyFile, keysFile: `${identityFile}.pub`, remoteHome }));
  const child = spawn(needProgram("sshd"), ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk) => {
    log = (log + chunk).slice(-4096);
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const failed = gone.then(() => Promise.reject(new Error(`sshd ended before it listened: ${log.trim()}`)));
  await Promise.race([untilListening(port), failed]);
  failed.catch(() => undefined);
  const [type, key] = readFileSync(`${hostKeyFile}.pub`, "utf8").split(" ");
  return {
    port,
    user,
    identityFile,
    hostKey: `${type} ${key}`,
    remoteHome,
    close: () => {
      child.kill();
      return gone;
    },
  };
}

interface ServerFiles {
  readonly port: number;
  readonly hostKeyFile: string;
  readonly keysFile: string;
  readonly remoteHome: string;
}

function serverConfig(files: ServerFiles): string {
  // What distributions configure: a program of its own rather than the one inside sshd.
  const sftp = ["/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server"];
  return `${[
    "ListenAddress 127.0.0.1",
    `Port ${files.port}`,
    `HostKey ${files.hostKeyFile}`,
    `AuthorizedKeysFile ${files.keysFile}`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PrintMotd no",
    "PrintLastLog no",
    "UseDNS no",
    "LogLevel ERROR",
    "MaxStartups 100",
    `SetEnv HOME=${files.remoteHome} ZDOTDIR=${files.remoteHome} SHLVL=9`,
    `Subsystem sftp ${sftp.find((path) => existsSync(path)) ?? "internal-sftp"}`,
  ].join("\n")}\n`;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("sshd does not listen");
}
