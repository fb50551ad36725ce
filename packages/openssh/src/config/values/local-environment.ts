import { hostname } from "node:os";
import { env, getuid, platform } from "node:process";
import { currentUser } from "./current-user.ts";
import type { Environment } from "./expand.ts";

/** The local user and machine. Omitted values come from the system. */
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

/** {@link LocalSideOptions} with defaults applied. */
export interface LocalEnvironment {
  readonly home: string;
  readonly localUser: string;
  /** Negative if the system has no user numbers. */
  readonly uid: number;
  readonly localHostname: string;
  readonly env: Environment;
  /** The platform as Node names it: `"linux"`, `"darwin"`, `"win32"`. */
  readonly platform: string;
}

/** Determines the values that `options` omits. */
export async function localSide(options: LocalSideOptions = {}): Promise<LocalEnvironment> {
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
