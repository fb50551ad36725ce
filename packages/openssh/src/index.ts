/**
 * Reads ssh_config(5) and known_hosts files as OpenSSH does, and returns the result as plain data.
 *
 * @module
 */
export { applyAlgorithmSpec } from "./config/values/algorithms.ts";
export { type AddHostKeyOptions, addHostKey, type NewHostKey } from "./known-hosts/add-host-key.ts";
export {
  checkHostKey,
  type HostKeyMatch,
  type HostKeyQuery,
  type HostKeyResult,
} from "./known-hosts/check-host-key.ts";
export { currentUser } from "./config/values/current-user.ts";
export { decideHostKey, type HostKeyDecision, type HostKeyPolicy } from "./known-hosts/decide-host-key.ts";
export type { Environment } from "./config/values/expand.ts";
export { sha256Fingerprint } from "./known-hosts/host-key.ts";
export { describeRefusedKey, describeUnknownKey } from "./known-hosts/host-key-text.ts";
export { type HostAddress, hashHostName, knownHostsName } from "./known-hosts/host-name.ts";
export {
  type AuthenticationMethod,
  agentSocket,
  authenticationMethods,
  defaultIdentityFiles,
  findIdentities,
  type Identity,
} from "./identities/identities.ts";
export type { JumpHop } from "./config/values/jump-chain.ts";
export { describeUnprotectedKey, type KeyFile, protectKeyCommand, readKeyFile } from "./identities/key-file.ts";
export { KnownHostsError } from "./known-hosts/known-hosts-error.ts";
export {
  type KnownHostEntry,
  type KnownHostMarker,
  type KnownHosts,
  parseKnownHosts,
  type UnreadableKnownHost,
} from "./known-hosts/known-hosts-line.ts";
export { knownKeyTypes, preferKnownKeyTypes } from "./known-hosts/known-key-types.ts";
export type { LocalSideOptions } from "./config/values/local-environment.ts";
export { type ResolveHostOptions, resolveHost } from "./config/resolve-host.ts";
export type { AddKeysToAgent, ResolvedHost, SshLogLevel, StrictHostKeyChecking } from "./config/resolved-host.ts";
export { runMatchExec } from "./config/reader/run-match-exec.ts";
export { SshConfigError, type SshConfigErrorCode, type SshConfigProblem } from "./config/values/ssh-config-error.ts";
export { readPrivateKeyFile, readTrustedFile, StrictModesError } from "./identities/strict-modes.ts";
export type { ConnectionStep } from "./config/reader/keyword-support.ts";
export type { UnsupportedKeyword } from "./config/unsupported-keywords.ts";
export type { RekeyLimit } from "./config/values/rekey-limit.ts";
