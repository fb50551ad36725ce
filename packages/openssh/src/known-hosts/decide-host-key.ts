import type { StrictHostKeyChecking } from "../config/resolved-host.ts";
import type { HostKeyResult } from "./check-host-key.ts";

/** What is to be done about a host key. */
export type HostKeyDecision =
  /** Go on. */
  | "accept"
  /** Go on and add the key to the user's file. */
  | "add"
  /** Show the fingerprint and ask the user; add the key after a yes. */
  | "ask"
  /** Go on without password and keyboard-interactive authentication and without agent forwarding. */
  | "accept-without-secrets"
  /** Stop. */
  | "refuse";

/** What decides about a key that is not trusted. */
export interface HostKeyPolicy {
  readonly strictHostKeyChecking: StrictHostKeyChecking;
  /** Whether the user must not be asked. @default false */
  readonly batchMode?: boolean | undefined;
}

/**
 * Decides like OpenSSH (sshconnect.c, `check_host_key`), except that a revoked key is always refused, and that a host with a line that
 * cannot be read is not taken for a new one: it is asked about, else treated as changed.
 *
 * What is known about the address (`CheckHostIP`) counts only against a key: a key that has changed for the address is asked about or
 * refused, even if the name is fine.
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
