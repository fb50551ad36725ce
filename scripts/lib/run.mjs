// Child processes for the scripts: each in a process group of its own, so that a timeout ends all of it and nothing else.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] Working folder. Default: the repository's root.
 * @property {NodeJS.ProcessEnv} [env] Variables set on top of this process's own; `undefined` removes one.
 * @property {number} [timeoutMs] After this the whole process group is ended. Default: 30 minutes.
 * @property {string} [logFile] Everything the command prints is appended here as well.
 */

/**
 * @typedef {object} RunOutcome
 * @property {number} code Exit status; 128 + signal number when a signal ended it, 127 when it could not be started.
 * @property {boolean} timedOut
 * @property {string} output Standard output and standard error as they came, the last few megabytes.
 */

const keptCharacters = 4 * 1024 * 1024;
const graceMs = 5_000;
/** @type {Set<number>} */
const running = new Set();

/**
 * Sends a signal to a process group that this process started.
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(group, signal) {
  try {
    process.kill(process.platform === "win32" ? group : -group, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}

/** Ends every command still running; for this process's own end. */
export function endRunning() {
  for (const group of running) signalGroup(group, "SIGKILL");
}

/**
 * The path of a command that a dependency installs.
 * @param {string} name
 */
export function bin(name) {
  return join(root, "node_modules", ".bin", process.platform === "win32" ? `${name}.cmd` : name);
}

/**
 * Runs a command to its end. Never rejects: what went wrong is in the outcome.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunOutcome>}
 */
export function run(command, args, options = {}) {
  const { cwd = root, env = {}, timeoutMs = 30 * 60_000, logFile } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
      shell: command.endsWith(".cmd"),
    });
    if (logFile !== undefined) mkdirSync(dirname(logFile), { recursive: true });
    const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: "a" });
    log?.write(`$ ${command} ${args.join(" ")}\n`);
    let output = "";
    let timedOut = false;
    const take = (/** @type {Buffer} */ chunk) => {
      log?.write(chunk);
      output = (output + chunk.toString("utf8")).slice(-keptCharacters);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    if (child.pid !== undefined) running.add(child.pid);
    const timer = setTimeout(() => {
      timedOut = true;
      if (child.pid === undefined) return;
      signalGroup(child.pid, "SIGTERM");
      setTimeout(signalGroup, graceMs, child.pid, "SIGKILL").unref();
    }, timeoutMs);
    /** @param {number} code */
    const finish = (code) => {
      clearTimeout(timer);
      if (child.pid !== undefined) running.delete(child.pid);
      if (timedOut) output += `\nTimed out after ${Math.round(timeoutMs / 1000)} s\n`;
      log?.end();
      resolve({ code, timedOut, output });
    };
    child.on("error", (error) => {
      output += `${error.message}\n`;
      finish(127);
    });
    child.on("exit", (code, signal) => {
      const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      // A process left behind may hold the pipes open indefinitely.
      const giveUp = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, graceMs);
      child.on("close", () => {
        clearTimeout(giveUp);
        finish(status);
      });
    });
  });
}

/**
 * Runs a TypeScript program of this repository on this Node, with this process's own stdio, and passes its exit status on.
 * @param {string} file Path from the repository's root.
 * @param {readonly string[]} args
 * @returns {Promise<void>} Settles when the program has ended; `process.exitCode` is then set.
 */
export function runProgram(file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", file, ...args], { cwd: root, stdio: "inherit" });
    // The terminal sends Ctrl-C to both; the program cleans up and decides the exit status.
    const wait = () => {};
    const forward = () => child.kill("SIGTERM");
    process.on("SIGINT", wait);
    process.on("SIGTERM", forward);
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      process.off("SIGINT", wait);
      process.off("SIGTERM", forward);
      process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      resolve();
    });
  });
}
