import { type ChildProcess, execFileSync } from "node:child_process";

/** Sends SIGTERM to a child process and waits until it has exited. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exited;
}

/**
 * Creates a key pair with ssh-keygen: `path` and `path.pub`.
 *
 * @param options of ssh-keygen; the default is an Ed25519 key without a passphrase
 */
export function generateKey(path: string, options: readonly string[] = []): void {
  const argv = ["-q", "-t", "ed25519", "-N", "", ...options, "-f", path];
  execFileSync("ssh-keygen", argv, { stdio: "ignore" });
}
