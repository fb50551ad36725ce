import { readFileSync } from "node:fs";

/**
 * Whether this process belongs to the foreground group of its terminal. A job in the background does not draw
 * progress, as in scp. Known on Linux; elsewhere, and without a terminal, the answer is yes.
 */
export function isForeground(): boolean {
  if (process.platform !== "linux") return true;
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    // Fields after the name, which is in parentheses and may contain any: state, ppid, pgrp, session, tty_nr, tpgid.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[5] === "-1" || fields[2] === fields[5];
  } catch {
    return true;
  }
}
