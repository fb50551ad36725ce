import type { ScpEntries } from "@scpkit/source";
import { evaluatePolicy } from "../evaluate-policy.ts";
import { changeDirectory, changeFile, storedName, wrapEntries } from "../intercept/wrap-entries.ts";
import type { ScpPolicy } from "../policy.ts";
import { ScpRefusalError } from "../refusal-error.ts";

/**
 * Asks `policy` about every entry of a download before it is opened or listed, under the path that is read. A renamed
 * entry is sent under its new name. A skipped entry is reported to the client as failed, with the reason. To hide an
 * entry, leave it out of the entries.
 */
export function withSourcePolicy(entries: ScpEntries, policy: ScpPolicy): ScpEntries {
  return wrapEntries(entries, async (entry) => {
    const { type, path, mode, times } = entry;
    const name = storedName(entry);
    const size = entry.type === "file" ? entry.size : 0;
    const asked = { direction: "download", type, path, name, size, mode, times } as const;
    const decided = await evaluatePolicy(policy, asked);
    if ("skipped" in decided) throw new ScpRefusalError("policy", decided.skipped);
    if (decided.name === name) return entry;
    const changes = { name: decided.name };
    return entry.type === "file" ? changeFile(entry, changes) : changeDirectory(entry, changes);
  });
}
