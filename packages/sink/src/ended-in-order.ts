import type { ScpExit } from "@scpkit/core";

/** Milliseconds that a command whose output has ended may take to end itself. */
const graceMs = 1000;

/**
 * Whether a command ended by itself, with a status of scp. A lost connection has no status, or another one: `ssh` ends with 255.
 *
 * @param exit never rejects
 */
export async function endedInOrder(exit: Promise<ScpExit>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<ScpExit>((resolve) => {
    timer = setTimeout(() => resolve({}), graceMs);
  });
  const { code } = await Promise.race([exit, late]);
  clearTimeout(timer);
  return code === 0 || code === 1;
}
