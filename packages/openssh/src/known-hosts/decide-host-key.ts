import type { StrictHostKeyChecking } from "../config/resolved-host.ts";
import type { HostKeyResult } from "./check-host-key.ts";

/** A decision about a host key. */
export type HostKeyDecision =
  /** Continue. */
  | "accept"
  /** Continue and add the key to the user's file. */
  | "add"
  /** Show the fingerprint and ask the user; add the key if the answer is yes. */
  | "ask"
  /** Continue without password and keyboard-interactive authentication and without agent forwarding. */
  | "accept-without-secrets"
  /** Reject the key. */
  | "refuse";

/** The settings for a key that is not trusted. */
export interface HostKeyPolicy {
  readonly strictHostKeyChecking: StrictHostKeyChecking;
  /** Whether the user must not be asked. @default false */
  readonly batchMode?: boolean | undefined;
}

/**
 * Decides as OpenSSH does (sshconnect.c, `check_host_key`), with two exceptions: a revoked key is always rejected, and
 * a host with an unreadable line does not count as new. The user is asked about it, or it is treated as changed.
 *
 * The result for the address (`CheckHostIP`) can only count against a key: if the key has changed for the address, the
 * user is asked or the key is rejected, even if it matches the name.
 */
export function decideHostKey(result: HostKeyResult, policy: HostKeyPolicy): HostKeyDecision {
  const { strictHostKeyChecking: strict, batchMode = false } = policy;
  const ask = batchMode ? "refuse" : "ask";
  const address = result.address?.status;
  if (result.status === "revoked" || address === "revoked") return "refuse";
  if (result.status === "changed") return strict === "no" ? "accept-without-secrets" : "refuse";
  if (result.status === "unreadable") {
    if (strict === "no") return "accept-without-secrets";
    return strict === "ask" ? ask : "refuse";
  }
  if ((address === "changed" || address === "unreadable") && strict !== "no") return strict === "ask" ? ask : "refuse";
  if (result.status === "trusted") return "accept";
  if (strict === "yes") return "refuse";
  return strict === "ask" ? ask : "add";
}
