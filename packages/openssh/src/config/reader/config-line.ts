/** A keyword and the text behind it. */
export interface ConfigLine {
  /** In lower case. */
  readonly keyword: string;
  /** Everything behind the keyword and its separator, without surrounding blanks. `""` when there is nothing. */
  readonly text: string;
}

/**
 * Reads one line of a configuration file, or one `-o` option: `Keyword value`, `Keyword=value`, `"Keyword" value`.
 *
 * Why not the library `ssh-config`: `docs/decisions/0008-ssh-config-is-read-here.md`.
 *
 * @returns `undefined` for a comment or an empty line
 */
export function parseConfigLine(original: string): ConfigLine | undefined {
  // ssh takes one "=" before the keyword for white space.
  const line = original.replace(/^[ \t\r]*=?[ \t\r]*/, "").replace(/[ \t\r\n\f]+$/, "");
  const quoted = /^"([^"]*)"[ \t]*(.*)$/s.exec(line);
  const [, keyword = "", text = ""] = quoted ?? /^([^ \t\r"=]*)[ \t\r]*=?[ \t\r]*(.*)$/s.exec(line) ?? [];
  return keyword === "" || keyword.startsWith("#") ? undefined : { keyword: keyword.toLowerCase(), text };
}
