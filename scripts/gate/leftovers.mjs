// What a step left behind: processes it started, and entries of the temporary folder.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The variable whose value marks every process that this gate started, directly or not. */
export const markName = "SCPKIT_GATE";

// Caches that tools keep in the temporary folder on purpose.
const toolCaches = /^(?:tsx-|node-compile-cache|node-jiti|bun-|bunx-|\.bun|deno|v8-compile-cache|npm-|turbod|gate-)/;

/** @typedef {{ pid: number, command: string }} Straggler */

/**
 * Processes carrying this gate's mark, this one aside. Linux only: elsewhere none are found.
 * @param {string} mark
 * @returns {Straggler[]}
 */
function markedProcesses(mark) {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${markName}=${mark}`)) return [];
      return [{ pid, command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() }];
    } catch {
      // It ended meanwhile, or belongs to another user.
      return [];
    }
  });
}

/**
 * Waits a little for the processes of a step to end, then ends those still there.
 * @param {string} mark
 * @returns {Promise<Straggler[]>} The processes that had to be ended.
 */
export async function endStragglers(mark) {
  for (let tries = 0; tries < 20; tries += 1) {
    if (markedProcesses(mark).length === 0) return [];
    await sleep(100);
  }
  // A process without a command line is a zombie: its parent is to blame, and nothing is left to end.
  const stragglers = markedProcesses(mark).filter(({ command }) => command !== "");
  for (const { pid } of stragglers) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
  return stragglers;
}

/**
 * Entries of a temporary folder that a test should have removed.
 * @param {string} tempDir
 * @returns {string[]}
 */
export function tempEntries(tempDir) {
  return readdirSync(tempDir).filter((name) => !toolCaches.test(name));
}
