import { type ConnectionStep, keywordSupport } from "./reader/keyword-support.ts";
import type { Settings } from "./values/settings.ts";
import { SshConfigError } from "./values/ssh-config-error.ts";

/** A keyword that is set for a host, opens a way to it, and is not supported. */
export interface UnsupportedKeyword {
  /** As ssh_config(5) writes it: `"GSSAPIAuthentication"`. */
  readonly keyword: string;
  /** What is not there, as the part of a sentence: `"GSSAPI is not supported"`. */
  readonly reason: string;
  /** Where the way would lead further. */
  readonly step: ConnectionStep;
  /** The authentication method it is about, such as `"gssapi-with-mic"`: of no use where the server does not offer it. @default any */
  readonly method: string | undefined;
  /** The file it is set in; `"command-line"` for an override. */
  readonly file: string;
  /** Line in that file, from 1; 0 for an override. */
  readonly line: number;
}

/**
 * Returns the keywords that open a way and are not supported.
 *
 * @throws {SshConfigError} `unsupported`: a keyword that restricts what may be done is set and is not supported
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
