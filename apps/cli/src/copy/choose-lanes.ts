/** Counting files and directories further than this does not change the choices made here. */
export const enoughToChooseBy = 400;

/** OpenSSH's server allows ten commands on one connection (MaxSessions). */
export const lanesPerConnection = 10;

/** Files and directories that are worth the start of one more remote shell: each costs a round trip, whatever it contains. */
const entriesPerLane = 4;

/** A server that answers sooner is near: what a second connection costs is more than it saves. In ms. */
const nearMs = 15;

/** Returns how many lanes send so many files and directories over so many connections. */
export function chooseLanes(entries: number, connections: number): number {
  return Math.max(1, Math.min(lanesPerConnection * connections, Math.ceil(entries / entriesPerLane)));
}

/**
 * Returns whether a second connection isWorthwhile: it saves a round trip for every twenty files and directories, and costs a login beside the
 * first one's and ten more remote shells.
 *
 * @param answeredMs milliseconds to the server's first answer: one round trip, and its start
 */
export function isSecondConnectionWorthwhile(entries: number, answeredMs: number): boolean {
  return answeredMs >= nearMs && entries * answeredMs >= 2000;
}
