export { applyAlgorithmSpec } from "./algorithms.ts";
export { type AddHostKeyOptions, addHostKey, type NewHostKey } from "./add-host-key.ts";
export { checkHostKey, type HostKeyMatch, type HostKeyQuery, type HostKeyResult } from "./check-host-key.ts";
export { currentUser } from "./current-user.ts";
export { decideHostKey, type HostKeyDecision, type HostKeyPolicy } from "./decide-host-key.ts";
export type { Environment } from "./expand.ts";
export { sha256Fingerprint } from "./host-key.ts";
export { describeRefusedKey, describeUnknownKey } from "./host-key-text.ts";
export { type HostAddress, hashHostName, knownHostsName } from "./host-name.ts";
export {
  type AuthenticationMethod,
  agentSocket,
  authenticationMethods,
  defaultIdentityFiles,
  findIdentities,
  type Identity,
} from "./identities.ts";
export type { JumpHop } from "./jump-chain.ts";
export { describeUnprotectedKey, type KeyFile, protectKeyCommand, readKeyFile } from "./key-file.ts";
export { KnownHostsError } from "./known-hosts-error.ts";
export {
  type KnownHostEntry,
  type KnownHostMarker,
  type KnownHosts,
  parseKnownHosts,
  type UnreadableKnownHost,
} from "./known-hosts-line.ts";
export { knownKeyTypes, preferKnownKeyTypes } from "./known-key-types.ts";
export type { LocalSideOptions } from "./local-side.ts";
export { type ResolveHostOptions, resolveHost } from "./resolve-host.ts";
export type { AddKeysToAgent, ResolvedHost, SshLogLevel, StrictHostKeyChecking } from "./resolved-host.ts";
export { runMatchExec } from "./run-match-exec.ts";
export { SshConfigError, type SshConfigErrorCode, type SshConfigProblem } from "./ssh-config-error.ts";
export { readPrivateKeyFile, readTrustedFile, StrictModesError } from "./strict-modes.ts";
export type { ConnectionStep } from "./keyword-support.ts";
export type { UnsupportedKeyword } from "./unsupported-keywords.ts";
export type { RekeyLimit } from "./rekey-limit.ts";
