import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopChild } from "./processes.ts";
import { waitFor } from "./wait-for.ts";

/** A running ssh-agent(1). */
export interface TestSshAgent {
  /** What `SSH_AUTH_SOCK` is to hold. */
  readonly socket: string;
  stop(): Promise<void>;
}

/**
 * Starts an ssh-agent and adds keys to it, in this order. The agent is stopped if that fails.
 *
 * @param keys paths of private keys without a passphrase
 */
export async function startSshAgent(keys: readonly string[]): Promise<TestSshAgent> {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-agent-"));
  const socket = join(folder, "socket");
  const child = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  const stop = async (): Promise<void> => {
    await stopChild(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await once(child, "spawn");
    const env = { ...process.env, SSH_AUTH_SOCK: socket };
    // The socket exists before the agent listens on it. ssh-add exits with 2 as long as it cannot connect.
    await waitFor("the agent", () => spawnSync("ssh-add", ["-l"], { env, stdio: "ignore" }).status !== 2);
    for (const key of keys) execFileSync("ssh-add", ["-q", key], { env, stdio: "ignore" });
  } catch (error) {
    await stop();
    throw error;
  }
  return { socket, stop };
}
