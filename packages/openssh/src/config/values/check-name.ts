import { SshConfigError } from "./ssh-config-error.ts";

/**
 * Matches characters that a shell, or a program that gets the name as an argument, could misinterpret. This covers
 * everything that OpenSSH rejects (ssh.c, `valid_hostname` and `valid_ruser`). Because a token may be unquoted in a
 * command or in a path, it also covers a comment, a path component `.` or `..`, and in user names `$` anywhere but at
 * the end, a backslash before anything but a letter or digit, and a space before anything else. `x$IFS-fprint$IFS./f`
 * and `x \-fprint ./f` are options of `find -name %r`.
 */
const forbidden = {
  host: /^[-#]|['`"$\\;&<>|(){},\s]|(?:^|\/)\.\.?(?:\/|$)|[\x00-\x1f\x7f]/,
  user: /^[-#]|['`";&<>|(){}]|[\s\\](?![\p{L}\p{N}_])|\$(?!$)|(?:^|\/)\.\.?(?:\/|$)|[\x00-\x1f\x7f]/u,
} as const;

/** Returns whether `name` is a valid host or user name. */
export function isName(what: "host" | "user", name: string): boolean {
  return name !== "" && !forbidden[what].test(name);
}

/**
 * Rejects a text that cannot be a name and would be dangerous in a command.
 *
 * @throws {SshConfigError}
 */
export function checkName(what: "host" | "user", name: string): void {
  if (isName(what, name)) return;
  throw new SshConfigError("bad-name", `The ${what} name ${JSON.stringify(name)} contains invalid characters`, {
    hint: `Check the ${what} name`,
  });
}
