import { createName } from "@scpkit/codec";
import type { ScpEntries } from "@scpkit/source";
import { decide } from "./decide.ts";
import type { ScpPolicy } from "./policy.ts";
import { ScpRefusalError } from "./refusal-error.ts";
import { changeDirectory, changeFile, wrapEntries } from "./wrap-entries.ts";

/**
 * Asks `policy` about every entry of a download before it is opened or listed. What it skips is reported to the client as failed,
 * with the reason; what is to stay unseen must not be among the entries.
 */
export function withSourcePolicy(entries: ScpEntries, policy: ScpPolicy): ScpEntries {
  return wrapEntries(entries, async (entry, path) => {
    const { type, mode, times } = entry;
    const name = typeof entry.name === "string" ? createName(entry.name) : entry.name;
    const size = entry.type === "file" ? entry.size : 0;
    const asked = { direction: "download", type, path, name, size, mode, times } as const;
    const decided = await decide(policy, asked);
    if ("skipped" in decided) throw new ScpRefusalError("policy", decided.skipped);
    return entry.type === "file"
      ? changeFile(entry, { name: decided.name })
      : changeDirectory(entry, { name: decided.name });
  });
}
