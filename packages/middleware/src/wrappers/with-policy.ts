import type { ScpEntryContext } from "@scpkit/core";
import { type ScpEntryInfo, ScpSkipError, type ScpTarget } from "@scpkit/sink";
import { evaluatePolicy, joinPath } from "../evaluate-policy.ts";
import { openDirectory } from "../intercept/wrap-target.ts";
import type { ScpPolicy } from "../policy.ts";

/**
 * Asks `policy` about every entry of an upload before `target` opens, truncates or creates anything for it. The policy
 * gets the path under which the target would store the entry. The target stores a renamed entry under the new name.
 */
export function withPolicy(target: ScpTarget, policy: ScpPolicy): ScpTarget {
  return guard(target, policy, undefined);
}

/** @param directory path of this directory in the inner target; absent at the top */
function guard(target: ScpTarget, policy: ScpPolicy, directory: string | undefined): ScpTarget {
  const admit = async (entry: ScpEntryInfo, context: ScpEntryContext): Promise<[ScpEntryInfo, ScpEntryContext]> => {
    const above = directory ?? parentOf(context.path, entry.name.text);
    const { type, name, size, mode, times } = entry;
    const path = joinPath(above, name.text);
    const asked = { direction: "upload", type, path, name, size, mode, times } as const;
    const decided = await evaluatePolicy(policy, asked, context.signal);
    if ("skipped" in decided) throw new ScpSkipError(`${context.path}: ${decided.skipped}`);
    return [
      { ...entry, name: decided.name },
      { path: joinPath(above, decided.name.text), signal: context.signal },
    ];
  };
  return {
    destination: target.destination,
    file: async (entry, context) => target.file(...(await admit(entry, context))),
    async directory(entry, context) {
      const [renamed, inside] = await admit(entry, context);
      return guard(await openDirectory(target, renamed, inside), policy, inside.path);
    },
    close: () => target.close?.(),
    abort: (reason) => target.abort?.(reason),
  };
}

/** Returns the part of a path before the name, without the slash between them, unless the slash is the whole part. */
function parentOf(path: string, name: string): string {
  const prefix = path.slice(0, path.length - name.length);
  return prefix === "/" ? prefix : prefix.slice(0, -1);
}
