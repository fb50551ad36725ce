/** Counting files further than this does not change the choice. */
export const enoughToChooseBy = 64;

/** OpenSSH's server allows ten commands on one connection (MaxSessions). */
const mostLanes = 10;

/** Files that are worth the start of one more remote shell. */
const filesPerLane = 4;

/** How many lanes send so many files. */
export function chooseLanes(files: number): number {
  return Math.max(1, Math.min(mostLanes, Math.ceil(files / filesPerLane)));
}
