import type { Stats } from "node:fs";
import { isPrivateGroup } from "../values/system-users.ts";

/**
 * Whether what a configuration file says may be believed: it belongs to this user or to root and nobody else can write
 * to it. A group that has no other member than the owner may (Debian's `ssh` allows that, and its users have umask 002).
 *
 * @param uid this user; negative where the system has no such thing, and then every file is trusted
 */
export async function isTrustedFile(stats: Stats, uid: number): Promise<boolean> {
  if (uid < 0) return true;
  if ((stats.uid !== 0 && stats.uid !== uid) || (stats.mode & 0o002) !== 0) return false;
  return (stats.mode & 0o020) === 0 || isPrivateGroup(stats.gid, uid);
}
