import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stopChild } from "@scpkit/test-support/processes";

/** A real ssh-agent. */
export interface TestAgent {
  readonly socket: string;
  stop(): Promise<void>;
}

/** @param key of the one identity it has */
export async function startAgent(key: string): Promise<TestAgent> {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-cli-agent-"));
  const socket = join(folder, "socket");
  const child = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  await once(child, "spawn");
  for (let attempt = 0; attempt < 200 && !existsSync(socket); attempt += 1) await sleep(10);
  execFileSync("ssh-add", [key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "ignore" });
  return {
    socket,
    stop: async () => {
      await stopChild(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
