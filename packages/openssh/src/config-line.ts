import SSHConfig, { parse } from "ssh-config";

/** A keyword and the text behind it. */
export interface ConfigLine {
  /** In lower case. */
  readonly keyword: string;
  /** Everything behind the keyword and its separator, without surrounding blanks. `""` when there is nothing. */
  readonly text: string;
}

/**
 * Reads one line of a configuration file, or one `-o` option.
 *
 * `ssh-config` tells comments from directives and the keyword from what follows. Its reading of the arguments is not
 * OpenSSH's (no single quotes, a backslash before a quote only, `=` splits, an open quote or a missing argument
 * throws), so quotes, backslashes and later comments are hidden from it, a word is put where an argument may be missing, and
 * the arguments are cut from the original text by position.
 *
 * @returns `undefined` for a comment or an empty line
 */
export function parseConfigLine(original: string): ConfigLine | undefined {
  const line = original.replace(/^[ \t\r]+/, "").replace(/[ \t\r\n\f]+$/, "");
  if (line === "") return undefined;
  const quoted = /^"([^"]*)"[ \t]*(.*)$/.exec(line);
  if (quoted !== null) return { keyword: (quoted[1] ?? "").toLowerCase(), text: quoted[2] ?? "" };
  const [directive] = parse(`${line.replace(/["'\\]|(?!^)#/g, "x")} all`);
  if (directive === undefined || directive.type !== SSHConfig.DIRECTIVE || directive.param === "") return undefined;
  const keyword = line.slice(0, directive.param.length).toLowerCase();
  return { keyword, text: line.slice(directive.param.length + directive.separator.length) };
}
