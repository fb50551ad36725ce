import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@scpkit/test-support/free-port";
import { waitForGreeting } from "@scpkit/test-support/ssh-greeting";

/** A real OpenSSH server on loopback that lets one key of the current user in. */
export interface TestSshd {
  readonly port: number;
  readonly username: string;
  /** Removed by {@link stop}. */
  readonly folder: string;
  readonly clientKey: Buffer;
  readonly clientKeyPath: string;
  /** Base64 of the server's ed25519 key as on the wire. */
  readonly hostKey: string;
  stop(): Promise<void>;
}

const program = "/usr/sbin/sshd";

/** Whether {@link startSshd} can work here. */
export const hasSshd: boolean = existsSync(program);

/** @param settings lines of sshd_config; the first value of a keyword wins */
export async function startSshd(settings: readonly string[] = []): Promise<TestSshd> {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-sshd-"));
  const hostKeyPath = join(folder, "host_ed25519");
  const clientKeyPath = join(folder, "id_ed25519");
  for (const path of [hostKeyPath, clientKeyPath]) generateKey(path, ["-t", "ed25519", "-N", ""]);
  writeFileSync(join(folder, "authorized_keys"), readFileSync(`${clientKeyPath}.pub`));
  // Where sshd drops its privileges to; Debian's start script makes it.
  const username = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
  if (username === "root") mkdirSync("/run/sshd", { recursive: true });
  const port = await freePort();
  const config = [
    ...settings,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${hostKeyPath}`,
    `PidFile ${join(folder, "pid")}`,
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "StrictModes no",
    "UseDNS no",
    "MaxStartups 100",
  ];
  writeFileSync(join(folder, "sshd_config"), `${config.join("\n")}\n`);
  const child = spawn(program, ["-D", "-e", "-f", join(folder, "sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const words: string[] = [];
  child.stderr?.on("data", (chunk) => words.push(String(chunk)));
  await waitForGreeting(port, child, () => words.join(""));
  return {
    port,
    username,
    folder,
    clientKey: readFileSync(clientKeyPath),
    clientKeyPath,
    hostKey: readFileSync(`${hostKeyPath}.pub`, "utf8").split(" ")[1] ?? "",
    stop: async () => {
      await stopChild(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param options of ssh-keygen */
export function generateKey(path: string, options: readonly string[]): void {
  execFileSync("ssh-keygen", ["-q", ...options, "-f", path], { stdio: "ignore" });
}

/** Ends a child this test started and waits until it is gone. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}
