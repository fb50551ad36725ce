import { homedir, hostname, userInfo } from "node:os";
import { env, getuid, platform } from "node:process";
import type { Environment } from "./expand.ts";
import { findUser } from "./system-users.ts";

/** Who connects, from where. Everything that is not given comes from the system. */
export interface LocalSideOptions {
  /** Home folder, for `~`, `%d` and the default files. @default the one in the user database, as `ssh` does */
  readonly home?: string | undefined;
  /** Name of the local user: `%u`, `Match localuser` and the default of `User`. @default this user */
  readonly localUser?: string | undefined;
  /** Number of the local user: `%i` and the owner that configuration files must have. @default this user */
  readonly uid?: number | undefined;
  /** Name of this machine: `%l` and `%L`. @default this machine */
  readonly localHostname?: string | undefined;
  /** Environment variables. @default those of this process */
  readonly env?: Environment | undefined;
}

/** {@link LocalSideOptions} with everything filled in. */
export interface LocalSide {
  readonly home: string;
  readonly localUser: string;
  /** Negative where the system has no such thing. */
  readonly uid: number;
  readonly localHostname: string;
  readonly env: Environment;
  /** As Node names it: `"linux"`, `"darwin"`, `"win32"`. */
  readonly platform: string;
}

/** Asks the system for what `options` does not say. */
export async function localSide(options: LocalSideOptions = {}): Promise<LocalSide> {
  const { home, localUser, uid = getuid?.() ?? -1 } = options;
  const user = home === undefined || localUser === undefined ? await currentUser() : undefined;
  return {
    home: home ?? user?.home ?? "",
    localUser: localUser ?? user?.name ?? "",
    uid,
    localHostname: options.localHostname ?? hostname(),
    env: options.env ?? env,
    platform,
  };
}

async function currentUser(): Promise<{ readonly name: string; readonly home: string }> {
  // Bun 1.4 takes name and home from the environment and calls the user "unknown" without USER.
  const listed = getuid === undefined ? undefined : await findUser({ uid: getuid() });
  if (listed !== undefined) return listed;
  try {
    const { username, homedir: home } = userInfo();
    return { name: username, home };
  } catch {
    // The user is not in the database, as happens in containers.
    return { name: env.USER ?? env.USERNAME ?? "", home: homedir() };
  }
}
