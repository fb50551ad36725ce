import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { freePort } from "./free-port.ts";
import { generateKey, stopChild } from "./processes.ts";
import { needProgram } from "./programs.ts";
import { waitForGreeting } from "./ssh-greeting.ts";
import { type Account, withAccount } from "./sshd-account.ts";

/** A running OpenSSH server on loopback. */
export interface RunningSshd {
  readonly port: number;
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** How {@link launchSshd} starts the server. */
export interface LaunchOptions {
  /** The local address to listen on. @default "127.0.0.1" */
  readonly address?: string | undefined;
  /** An account that exists only for this server. */
  readonly account?: Account | undefined;
}

/**
 * Starts sshd and waits until it accepts connections.
 *
 * @param folder where to write the configuration
 * @param settings lines of sshd_config with the host key and the authorized keys; the first value of a keyword is used
 */
export async function launchSshd(
  folder: string,
  settings: readonly string[],
  options: LaunchOptions = {},
): Promise<RunningSshd> {
  const { address = "127.0.0.1", account } = options;
  // The directory of sshd's privilege separation, which the start script of Debian creates.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const port = await freePort(address);
  const passwords = account === undefined ? "no" : "yes";
  const config = [
    ...settings,
    `Port ${port}`,
    `ListenAddress ${address}`,
    `PidFile ${join(folder, "sshd.pid")}`,
    "PermitRootLogin yes",
    `PasswordAuthentication ${passwords}`,
    `KbdInteractiveAuthentication ${passwords}`,
    `UsePAM ${passwords}`,
    "StrictModes no",
    "UseDNS no",
    "MaxStartups 100",
  ];
  const file = join(folder, "sshd_config");
  writeFileSync(file, `${config.join("\n")}\n`);
  const argv = [needProgram("sshd"), "-D", "-e", "-f", file];
  const [command = "", ...rest] = account === undefined ? argv : withAccount(argv, folder, account);
  const child = spawn(command, rest, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk) => {
    log = (log + chunk).slice(-4096);
  });
  await waitForGreeting(port, child, () => log, address);
  return { port, pid: child.pid, stop: () => stopChild(child) };
}

/** An OpenSSH server on loopback in which the current user can log in with one key. */
export interface TestSshd extends RunningSshd {
  /** The current user's name. */
  readonly username: string;
  /** The home directory of those who log in. Removed by {@link stop}. */
  readonly home: string;
  /** Path of the private key that is accepted. */
  readonly key: string;
  /** The server's key as in known_hosts: type and base64. */
  readonly hostKey: string;
}

/** Options of {@link startSshd}. */
export interface SshdOptions {
  /** Lines of sshd_config; the first value of a keyword is used. */
  readonly settings?: readonly string[];
  /** @default "127.0.0.1" */
  readonly address?: string;
  /** Environment variables of the commands, besides `HOME`. */
  readonly env?: Readonly<Record<string, string>>;
  /** An account that exists only for this server and logs in with a password. */
  readonly account?: { readonly name: string; readonly password: string };
}

/** Starts an OpenSSH server with new keys and an empty home directory. */
export async function startSshd(options: SshdOptions = {}): Promise<TestSshd> {
  const { settings = [], address, env = {}, account } = options;
  const folder = mkdtempSync(join(tmpdir(), "scpkit-sshd-"));
  const home = join(folder, "home");
  mkdirSync(home);
  // sshd starts a shell in the home directory of the account, whatever HOME is.
  writeFileSync(join(home, ".bashrc"), 'cd "$HOME"\n');
  const [hostKey, key] = [join(folder, "host_key"), join(folder, "id_ed25519")];
  for (const path of [hostKey, key]) generateKey(path);
  writeFileSync(join(folder, "authorized_keys"), readFileSync(`${key}.pub`));
  const variables = Object.entries({ HOME: home, ...env }).map(([name, value]) => `${name}=${value}`);
  const lines = [
    ...settings,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    `SetEnv ${variables.join(" ")}`,
  ];
  const server = await launchSshd(folder, lines, { address, account: account && { ...account, home } });
  return {
    ...server,
    // Not by userInfo(): on Bun it follows the variable USER, which may be missing.
    username: execFileSync("id", ["-un"], { encoding: "utf8" }).trim(),
    home,
    key,
    hostKey: readFileSync(`${hostKey}.pub`, "utf8").split(" ").slice(0, 2).join(" ").trim(),
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Accepts one more key. */
export function authorize(server: TestSshd, publicKeyFile: string): void {
  writeFileSync(join(server.home, "..", "authorized_keys"), readFileSync(publicKeyFile), { flag: "a" });
}
