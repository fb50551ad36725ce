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

/** @param {string} module A module of Debian's Python. */
const hasPythonModule = (module) => async () =>
  (await run("/usr/bin/python3", ["-c", `import ${module}`], { timeoutMs: 60_000 })).code === 0;

/** @param {string} library A library of Debian's Ruby. */
const hasRubyLibrary = (library) => async () =>
  (await run("/usr/bin/ruby", ["-e", `require "${library}"`], { timeoutMs: 60_000 })).code === 0;

/** @param {string} module A module of Debian's Perl. */
const hasPerlModule = (module) => async () =>
  (await run("/usr/bin/perl", [`-M${module}`, "-e", "1"], { timeoutMs: 60_000 })).code === 0;

/** @type {readonly Peer[]} */
export const peers = [
  { name: "ssh", debian: "openssh-client", isPresent: () => ["ssh", "scp", "ssh-keygen", "ssh-agent"].every(onPath) },
  { name: "sshd", debian: "openssh-server", isPresent: () => onPath("sshd") },
  { name: "dropbear", debian: "dropbear-bin", isPresent: () => onPath("dropbear") },
  { name: "pscp", debian: "putty-tools", isPresent: () => onPath("pscp") && onPath("puttygen") },
  { name: "python3-scp", debian: "python3-scp", isPresent: hasPythonModule("scp") },
  { name: "tmux", debian: "tmux", isPresent: () => onPath("tmux") },
  { name: "rsync", debian: "rsync", isPresent: () => onPath("rsync") },
  { name: "zsh", debian: "zsh", isPresent: () => onPath("zsh") },
  { name: "swift", debian: "python3-swift", isPresent: hasPythonModule("swift.proxy.server") },
  { name: "chromium", debian: "chromium", isPresent: () => onPath("chromium") },
  {
    name: "bash-completion",
    debian: "bash-completion",
    isPresent: () => existsSync("/usr/share/bash-completion/bash_completion"),
  },
  { name: "groff", debian: "groff", isPresent: () => onPath("groff") },
  { name: "fish", debian: "fish", isPresent: () => onPath("fish") },
  { name: "tcsh", debian: "tcsh", isPresent: () => onPath("tcsh") },
  { name: "socat", debian: "socat", isPresent: () => onPath("socat") },
  { name: "curl", debian: "curl", isPresent: () => onPath("curl") },
  { name: "setfacl", debian: "acl", isPresent: () => onPath("setfacl") },
  { name: "python3-paramiko", debian: "python3-paramiko", isPresent: hasPythonModule("paramiko") },
  { name: "python3-asyncssh", debian: "python3-asyncssh", isPresent: hasPythonModule("asyncssh") },
  { name: "ruby-net-scp", debian: "ruby-net-scp", isPresent: hasRubyLibrary("net/scp") },
  { name: "libnet-ssh2-perl", debian: "libnet-ssh2-perl", isPresent: hasPerlModule("Net::SSH2") },
  { name: "jsch", debian: "libjsch-java", isPresent: () => existsSync("/usr/share/java/jsch.jar") },
  { name: "cc", debian: "build-essential", isPresent: () => onPath("cc") },
  { name: "java", debian: "default-jdk-headless", isPresent: () => onPath("javac") },
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
