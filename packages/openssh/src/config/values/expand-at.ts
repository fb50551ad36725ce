import { ExpandError } from "./expand.ts";
import type { SettingOrigin } from "./settings.ts";
import { errorOfProblems, type SshConfigProblem } from "./ssh-config-error.ts";

/**
 * Runs `expand`. An {@link ExpandError} is reported as a problem of the line at `origin`.
 *
 * @throws {SshConfigError}
 */
export async function expandAt<T>(origin: SettingOrigin, expand: () => T | Promise<T>): Promise<T> {
  try {
    return await expand();
  } catch (error) {
    if (!(error instanceof ExpandError)) throw error;
    const hint = "See TOKENS in the manual of ssh_config; write %% for a percent sign";
    throw errorOfProblems([problemAt(origin, error.message, hint)]);
  }
}

/** Describes a problem of the line at `origin`. */
export function problemAt(origin: SettingOrigin, message: string, hint: string): SshConfigProblem {
  return { file: origin.file, line: origin.line, message, hint };
}
