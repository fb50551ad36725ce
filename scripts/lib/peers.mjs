// The programs the tests talk to, and how to get them.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "./run.mjs";

/**
 * @typedef {object} Peer
 * @property {string} name As in `peer missing: NAME`.
 * @property {string} debian The Debian package that brings it.
 * @property {() => boolean | Promise<boolean>} isPresent
 */

/** @param {string} program */
function onPath(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.some((folder) => existsSync(join(folder, program)));
}

async function hasPythonScp() {
  return (await run("/usr/bin/python3", ["-c", "import scp"], { timeoutMs: 60_000 })).code === 0;
}

async function hasSwift() {
  return (await run("/usr/bin/python3", ["-c", "import swift.proxy.server"], { timeoutMs: 60_000 })).code === 0;
}

/** @type {readonly Peer[]} */
export const peers = [
  { name: "ssh", debian: "openssh-client", isPresent: () => ["ssh", "scp", "ssh-keygen", "ssh-agent"].every(onPath) },
  { name: "sshd", debian: "openssh-server", isPresent: () => onPath("sshd") },
  { name: "dropbear", debian: "dropbear-bin", isPresent: () => onPath("dropbear") },
  { name: "pscp", debian: "putty-tools", isPresent: () => onPath("pscp") && onPath("puttygen") },
  { name: "python3-scp", debian: "python3-scp", isPresent: hasPythonScp },
  { name: "tmux", debian: "tmux", isPresent: () => onPath("tmux") },
  { name: "rsync", debian: "rsync", isPresent: () => onPath("rsync") },
  { name: "zsh", debian: "zsh", isPresent: () => onPath("zsh") },
  { name: "swift", debian: "python3-swift", isPresent: hasSwift },
  { name: "chromium", debian: "chromium", isPresent: () => onPath("chromium") },
  { name: "fish", debian: "fish", isPresent: () => onPath("fish") },
];

/**
 * @param {readonly Peer[]} wanted
 * @returns {Promise<Peer[]>}
 */
async function missingOf(wanted) {
  const present = await Promise.all(wanted.map(({ isPresent }) => isPresent()));
  return wanted.filter((_, index) => present[index] !== true);
}

/**
 * How to call apt-get here: as root, or in CI through a sudo that asks for no password. `undefined`: not at all.
 * @returns {Promise<readonly string[] | undefined>}
 */
async function aptCommand() {
  if (!onPath("apt-get")) return undefined;
  if (process.getuid?.() === 0) return ["apt-get"];
  if (process.env.CI === undefined || !onPath("sudo")) return undefined;
  return (await run("sudo", ["-n", "true"], { timeoutMs: 10_000 })).code === 0 ? ["sudo", "-n", "apt-get"] : undefined;
}

/**
 * Runs work while Debian's packages may not start services: the tests need sshd's program, not a server on port 22.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withoutServices(work) {
  const policy = "/usr/sbin/policy-rc.d";
  const isOurs = process.getuid?.() === 0 && !existsSync(policy);
  if (isOurs) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return await work();
  } finally {
    if (isOurs) rmSync(policy, { force: true });
  }
}

/**
 * Installs the missing peers where apt and root allow, trying again when a mirror is slow or away.
 * @param {string} logFile Where what apt-get says is kept.
 * @param {readonly Peer[]} [wanted] Default: all.
 * @returns {Promise<Peer[]>} The peers still missing.
 */
export async function ensurePeers(logFile, wanted = peers) {
  let missing = await missingOf(wanted);
  const apt = missing.length === 0 ? undefined : await aptCommand();
  if (apt !== undefined) {
    const [program = "", ...rest] = apt;
    const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, timeoutMs: 15 * 60_000, logFile };
    const settings = ["-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=60", "-o", "DPkg::Lock::Timeout=300"];
    /** @param {string[]} args */
    const call = (args) => run(program, [...rest, ...settings, ...args], options);
    const install = ["install", "-y", "--no-install-recommends"];
    await withoutServices(async () => {
      for (let tries = 0; tries < 3 && missing.length > 0; tries += 1) {
        if (tries > 0) await sleep(10_000);
        await call(["update"]);
        await call([...install, ...missing.map(({ debian }) => debian)]);
        missing = await missingOf(wanted);
        // One unknown package makes apt-get install none of them.
        for (const { debian } of missing) await call([...install, debian]);
        missing = await missingOf(wanted);
      }
    });
  }
  // Where sshd keeps its unprivileged child; the service would have made it.
  const isRoot = process.platform === "linux" && process.getuid?.() === 0;
  if (isRoot && onPath("sshd")) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  return missing;
}
