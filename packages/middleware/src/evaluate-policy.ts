import { createName, nameProblem, type ScpName, ScpStateError } from "@scpkit/codec";
import { ScpFatalError } from "@scpkit/core";
import type { ScpPolicy, ScpPolicyDecision, ScpPolicyEntry } from "./policy.ts";
import { ScpRefusalError } from "./refusal-error.ts";

/** The name under which the entry is transferred, or the reason why it is skipped. */
export type PolicyOutcome = { readonly name: ScpName } | { readonly skipped: string };

/** Asks a policy about an entry. Any invalid decision rejects the entry. */
export async function evaluatePolicy(
  policy: ScpPolicy,
  entry: ScpPolicyEntry,
  signal?: AbortSignal,
): Promise<PolicyOutcome> {
  const decision: ScpPolicyDecision | undefined = await policy(entry);
  signal?.throwIfAborted();
  switch (decision?.type) {
    case "allow":
      return { name: entry.name };
    case "rename":
      return { name: checkedName(decision.name) };
    case "skip":
      return { skipped: decision.reason };
    case "end":
      throw new ScpFatalError(decision.reason, { cause: new ScpRefusalError("policy", decision.reason) });
    default:
      throw new ScpStateError("The policy returned no decision; return one of allow, rename, skip and end");
  }
}

/** Returns `directory/name`, or only the name if the directory is the root. */
export function joinPath(directory: string, name: string): string {
  return directory === "" || directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

function checkedName(value: string | ScpName): ScpName {
  const name = typeof value === "string" ? createName(value) : value;
  const problem = nameProblem(name);
  if (problem === undefined) return name;
  throw new ScpStateError(`The policy renamed an entry to ${JSON.stringify(name.text)}, but ${problem}`);
}
