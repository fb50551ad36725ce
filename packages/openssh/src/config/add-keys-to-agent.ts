import type { AddKeysToAgent } from "./resolved-host.ts";
import { parseSeconds } from "./values/duration.ts";
import type { Setting } from "./values/settings.ts";
import { SshConfigError } from "./values/ssh-config-error.ts";

/**
 * Parses the value of `AddKeysToAgent`: yes, no, ask, `confirm` with or without a duration, or only a duration
 * (readconf.c, `oAddKeysToAgent`).
 *
 * @throws {SshConfigError} if it is none of these
 */
export function readAddKeysToAgent(setting: Setting | undefined): AddKeysToAgent {
  const [word = "no", duration, ...extra] = (setting?.values ?? []).map((value) => value.toLowerCase());
  const lifetimeSeconds = parseSeconds(duration ?? word);
  if (extra.length === 0 && (duration === undefined || (word === "confirm" && lifetimeSeconds !== undefined))) {
    if (word === "confirm") return { when: "yes", confirm: true, lifetimeSeconds };
    if (word === "yes" || word === "true") return { when: "yes", confirm: false, lifetimeSeconds: undefined };
    if (word === "no" || word === "false") return { when: "no", confirm: false, lifetimeSeconds: undefined };
    if (word === "ask") return { when: "ask", confirm: false, lifetimeSeconds: undefined };
    if (lifetimeSeconds !== undefined) return { when: "yes", confirm: false, lifetimeSeconds };
  }
  const written = (setting?.values ?? []).join(" ");
  throw new SshConfigError("bad-config", `${JSON.stringify(written)} is not a value of AddKeysToAgent`, {
    ...setting?.origin,
    hint: "Write yes, no, ask, confirm, a duration such as 1h30m, or confirm and a duration",
  });
}
