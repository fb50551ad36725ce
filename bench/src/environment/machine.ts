import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";
import type { MachineInfo } from "../report/results.ts";

/** Describes the machine of this run. */
export function describeMachine(): MachineInfo {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() || "unknown",
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** Returns the versions of all programs that take part. */
export function describeVersions(): Record<string, string> {
  const { bindingAvailable } = createRequire(import.meta.url)("ssh2/lib/protocol/crypto.js") as {
    bindingAvailable: boolean;
  };
  return {
    scpkit: `${packageVersion(new URL("../../../apps/cli/package.json", import.meta.url))} ${commit()}`.trim(),
    node: process.version,
    openssh: firstLine("ssh", ["-V"]),
    ssh2: `${installedVersion("ssh2")}, native addon ${bindingAvailable ? "loaded" : "absent"}`,
    "ssh2-sftp-client": installedVersion("ssh2-sftp-client"),
    rsync: firstLine("rsync", ["--version"])
      .replace(/\s+protocol.*$/, "")
      .replace(/\s+/g, " "),
    tar: firstLine("tar", ["--version"]),
  };
}

function installedVersion(name: string): string {
  return packageVersion(new URL(`../../../node_modules/${name}/package.json`, import.meta.url));
}

function packageVersion(url: URL): string {
  const { version } = JSON.parse(readFileSync(url, "utf8")) as { version: string };
  return version;
}

function firstLine(program: string, words: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(program, words, { encoding: "utf8" });
  // ssh -V writes to standard error.
  return error === undefined ? (`${stdout}${stderr}`.split("\n")[0] ?? "").trim() : "absent";
}

/** Returns the current commit, with `+` if files differ from it; empty outside a repository. */
function commit(): string {
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const git = (...words: string[]): string =>
    execFileSync("git", words, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return `(${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "--", "..") === "" ? "" : "+"})`;
  } catch {
    return "";
  }
}
