import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a program said and how it ended. */
export interface ProgramResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, without input. */
export async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Why tests with `program` cannot run; `undefined` when they can. */
export function peerMissing(program: "ssh" | "ssh-keygen" | "sshd"): string | undefined {
  const path = program === "sshd" ? "/usr/sbin/sshd" : program;
  const { error } = spawnSync(path, program === "sshd" ? ["-?"] : ["-V"], { stdio: "ignore" });
  return error === undefined ? undefined : `peer missing: ${program}`;
}

/** A folder that is gone when `use` has ended. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "scpkit-openssh-")));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The output of `ssh -G` by keyword; a keyword may have several values. */
export function parseDump(stdout: string): Map<string, string[]> {
  const dump = new Map<string, string[]>();
  for (const line of stdout.split("\n")) {
    const blank = line.indexOf(" ");
    if (blank < 0) continue;
    const keyword = line.slice(0, blank).toLowerCase();
    dump.set(keyword, [...(dump.get(keyword) ?? []), line.slice(blank + 1)]);
  }
  return dump;
}
