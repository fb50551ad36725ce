import { type ConnectionStep, keywordSupport } from "./reader/keyword-support.ts";
import type { Settings } from "./values/settings.ts";
import { SshConfigError } from "./values/ssh-config-error.ts";

/** A keyword that is set for a host, enables a way to connect, and is not supported. */
export interface UnsupportedKeyword {
  /** The keyword as spelled in ssh_config(5): `"GSSAPIAuthentication"`. */
  readonly keyword: string;
  /** The reason, as part of a sentence: `"GSSAPI is not supported"`. */
  readonly reason: string;
  /** The step of the connection that it would affect. */
  readonly step: ConnectionStep;
  /**
   * The authentication method that it would enable, such as `"gssapi-with-mic"`. It has no effect if the server does
   * not offer that method. @default any
   */
  readonly method: string | undefined;
  /** The file it is set in; `"command-line"` for an override. */
  readonly file: string;
  /** Line in that file, from 1; 0 for an override. */
  readonly line: number;
}

/**
 * Returns the keywords that enable a way to connect and are not supported.
 *
 * @throws {SshConfigError} `unsupported`: a keyword restricts the connection and is not supported
 */
export function unsupportedKeywords(settings: Settings): readonly UnsupportedKeyword[] {
  const found: UnsupportedKeyword[] = [];
  for (const [keyword, support] of Object.entries(keywordSupport)) {
    const setting = settings.get(keyword.toLowerCase());
    if (setting === undefined || (support.effect !== "rejected" && support.effect !== "named")) continue;
    if (!support.applies(setting.values, (other) => settings.value(other))) continue;
    const { file, line } = setting.origin;
    if (support.effect === "named") {
      const { note: reason, step, method } = support;
      found.push({ keyword, reason, step, method, file, line });
      continue;
    }
    const where = line === 0 ? file : `${file} line ${line}`;
    throw new SshConfigError("unsupported", `${where}: ${keyword} is not supported: ${support.note}`, {
      file,
      line,
      hint: "Use -S ssh, which connects with the system's ssh, or remove the line for this host",
    });
  }
  return found;
}
