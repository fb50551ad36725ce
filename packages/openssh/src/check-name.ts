import { SshConfigError } from "./ssh-config-error.ts";

const forbidden = {
  host: /^-|['`"$\\;&<>|(){}\s]/,
  user: /^-|['`";&<>|(){}]|\s-|\\$/,
} as const;

/**
 * Refuses what cannot be a name and would be dangerous in a command.
 *
 * @throws {SshConfigError}
 */
export function checkName(what: "host" | "user", name: string): void {
  if (name !== "" && !forbidden[what].test(name) && !/[\x00-\x1f\x7f]/.test(name)) return;
  throw new SshConfigError("bad-name", `The ${what} name ${JSON.stringify(name)} contains invalid characters`, {
    hint: `Check the ${what} name`,
  });
}
