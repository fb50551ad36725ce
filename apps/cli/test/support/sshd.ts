import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "@scpkit/test-support/free-port";
import { waitForGreeting } from "@scpkit/test-support/ssh-greeting";

/** A real OpenSSH server on loopback that lets the current user in with one key. */
export interface TestSshd {
  readonly port: number;
  /** Home of those who log in, where their commands begin; removed by {@link stop}. */
  readonly home: string;
  /** The private key that is let in. */
  readonly key: string;
  /** As in known_hosts: type and base64. */
  readonly hostKey: string;
  stop(): Promise<void>;
}

/** How {@link startSshd} sets the server up. */
export interface SshdOptions {
  /** Lines of sshd_config; the first value of a keyword wins. */
  readonly settings?: readonly string[];
  /** @default "127.0.0.1" */
  readonly address?: string;
  /** Environment of the commands besides HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** An account of the server's own that logs in with a password; see {@link noAccounts}. */
  readonly account?: { readonly name: string; readonly password: string };
}

const program = "/usr/sbin/sshd";

/** Skips the test where there is no sshd. */
export function noSshd(t: TestContext): boolean {
  const missing = !existsSync(program);
  if (missing) t.skip("peer missing: sshd");
  return missing;
}

/** Skips the test where a server cannot have accounts of its own: that takes root, and a mount namespace. */
export function noAccounts(t: TestContext): boolean {
  const possible = process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0;
  if (!possible) t.skip("peer missing: sshd with accounts of its own (root and unshare)");
  return !possible;
}

/** Starts a server. */
export async function startSshd(options: SshdOptions = {}): Promise<TestSshd> {
  const { settings = [], address = "127.0.0.1", env = {}, account } = options;
  const folder = mkdtempSync(join(tmpdir(), "scpkit-cli-sshd-"));
  const home = join(folder, "home");
  mkdirSync(home);
  // A shell begins in the account's own home, whatever HOME says.
  writeFileSync(join(home, ".bashrc"), 'cd "$HOME"\n');
  const hostKeyPath = join(folder, "host_ed25519");
  const key = join(folder, "id_ed25519");
  for (const path of [hostKeyPath, key]) generateKey(path);
  writeFileSync(join(folder, "authorized_keys"), readFileSync(`${key}.pub`));
  // Where sshd drops its privileges to; Debian's start script makes it.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const port = await freePort(address);
  const variables = Object.entries({ HOME: home, ...env }).map(([name, value]) => `${name}=${value}`);
  const config = [
    ...settings,
    `Port ${port}`,
    `ListenAddress ${address}`,
    `HostKey ${hostKeyPath}`,
    `PidFile ${join(folder, "pid")}`,
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    `SetEnv ${variables.join(" ")}`,
    "PermitRootLogin yes",
    ...["PasswordAuthentication", "KbdInteractiveAuthentication", "UsePAM"].map(
      (keyword) => `${keyword} ${account === undefined ? "no" : "yes"}`,
    ),
    "StrictModes no",
    "UseDNS no",
    "MaxStartups 100",
  ];
  writeFileSync(join(folder, "sshd_config"), `${config.join("\n")}\n`);
  const argv = [program, "-D", "-e", "-f", join(folder, "sshd_config")];
  const [command = "", ...rest] = account === undefined ? argv : withAccount(argv, folder, home, account);
  const child = spawn(command, rest, { stdio: ["ignore", "ignore", "pipe"] });
  const words: string[] = [];
  child.stderr?.on("data", (chunk) => words.push(String(chunk)));
  await waitForGreeting(port, child, () => words.join(""), address);
  return {
    port,
    home,
    key,
    hostKey: readFileSync(`${hostKeyPath}.pub`, "utf8").split(" ").slice(0, 2).join(" ").trim(),
    stop: async () => {
      await stopChild(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A command line that runs `argv` where the account exists and PAM knows only passwords: the files that say so are mounted over the
 * system's, for this process alone. The account is root by another name, so that it may enter the folders of tests.
 */
function withAccount(
  argv: readonly string[],
  folder: string,
  home: string,
  { name, password }: NonNullable<SshdOptions["account"]>,
): string[] {
  const hash = execFileSync("perl", ["-e", "print crypt($ARGV[0], '$6$scpkit$')", password], { encoding: "utf8" });
  const files = {
    "/etc/passwd": `${readFileSync("/etc/passwd", "utf8")}${name}:x:0:0::${home}:/bin/bash\n`,
    "/etc/shadow": `${name}:${hash}:19000:0:99999:7:::\n`,
    "/etc/pam.d/sshd": "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n",
  };
  const mounts = Object.entries(files).map(([path, content], index) => {
    const own = join(folder, `mounted-${index}`);
    writeFileSync(own, content, { mode: 0o600 });
    return `mount --bind '${own}' ${path}`;
  });
  return ["unshare", "--mount", "/bin/sh", "-c", `${mounts.join(" && ")} && exec "$@"`, "sh", ...argv];
}

/** Makes an ed25519 key without a passphrase, or with one. */
export function generateKey(path: string, passphrase = ""): void {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-f", path], { stdio: "ignore" });
}

/** Lets one more key in. */
export function authorize(server: TestSshd, publicKeyFile: string): void {
  const file = join(server.home, "..", "authorized_keys");
  writeFileSync(file, readFileSync(publicKeyFile), { flag: "a" });
}

/** Ends a child that a test has started and waits until it is gone. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}
