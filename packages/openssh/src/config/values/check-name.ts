import { SshConfigError } from "./ssh-config-error.ts";

/**
 * What a shell, or a program that is given the name as an argument, could read as something else. Everything that OpenSSH
 * rejects (ssh.c, `valid_hostname` and `valid_ruser`) and, since a token may stand unquoted in a command or in a path,
 * also: a comment, a component `.` or `..` of a path, and in user names `$` anywhere but at the end, a backslash before
 * anything but a letter or digit, and a space before anything else. `x$IFS-fprint$IFS./f` and `x \-fprint ./f` are
 * options of `find -name %r`.
 */
const forbidden = {
  host: /^[-#]|['`"$\\;&<>|(){},\s]|(?:^|\/)\.\.?(?:\/|$)|[\x00-\x1f\x7f]/,
  user: /^[-#]|['`";&<>|(){}]|[\s\\](?![\p{L}\p{N}_])|\$(?!$)|(?:^|\/)\.\.?(?:\/|$)|[\x00-\x1f\x7f]/u,
} as const;

/** Whether `name` may be used as the name of a host or user. */
export function isName(what: "host" | "user", name: string): boolean {
  return name !== "" && !forbidden[what].test(name);
}

/**
 * Rejects what cannot be a name and would be dangerous in a command.
 *
 * @throws {SshConfigError}
 */
export function checkName(what: "host" | "user", name: string): void {
  if (isName(what, name)) return;
  throw new SshConfigError("bad-name", `The ${what} name ${JSON.stringify(name)} contains invalid characters`, {
    hint: `Check the ${what} name`,
  });
}
