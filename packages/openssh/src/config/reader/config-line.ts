/** A keyword and the text after it. */
export interface ConfigLine {
  /** The keyword in lower case. */
  readonly keyword: string;
  /** Everything after the keyword and its separator, without surrounding blanks. `""` if there is nothing. */
  readonly text: string;
}

/**
 * Parses one line of a configuration file, or one `-o` option: `Keyword value`, `Keyword=value`, `"Keyword" value`.
 *
 * `docs/decisions/0008-ssh-config-is-read-here.md` explains why the library `ssh-config` is not used.
 *
 * @returns `undefined` for a comment or an empty line
 */
export function parseConfigLine(original: string): ConfigLine | undefined {
  // ssh treats one "=" before the keyword as white space.
  const line = original.replace(/^[ \t\r]*=?[ \t\r]*/, "").replace(/[ \t\r\n\f]+$/, "");
  const quoted = /^"([^"]*)"[ \t]*(.*)$/s.exec(line);
  const [, keyword = "", text = ""] = quoted ?? /^([^ \t\r"=]*)[ \t\r]*=?[ \t\r]*(.*)$/s.exec(line) ?? [];
  return keyword === "" || keyword.startsWith("#") ? undefined : { keyword: keyword.toLowerCase(), text };
}
