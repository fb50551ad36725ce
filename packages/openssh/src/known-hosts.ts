/**
 * Exports the known_hosts part of `@scpkit/openssh`.
 *
 * @module
 */
export type { StrictHostKeyChecking } from "./config/resolved-host.ts";
export { type AddHostKeyOptions, addHostKey, type NewHostKey } from "./known-hosts/add-host-key.ts";
export {
  checkHostKey,
  type HostKeyMatch,
  type HostKeyQuery,
  type HostKeyResult,
} from "./known-hosts/check-host-key.ts";
export { decideHostKey, type HostKeyDecision, type HostKeyPolicy } from "./known-hosts/decide-host-key.ts";
export { sha256Fingerprint } from "./known-hosts/host-key.ts";
export { describeRefusedKey, describeUnknownKey } from "./known-hosts/host-key-text.ts";
export { type HostAddress, hashHostName, knownHostsName } from "./known-hosts/host-name.ts";
export { KnownHostsError } from "./known-hosts/known-hosts-error.ts";
export {
  type KnownHostEntry,
  type KnownHostMarker,
  type KnownHosts,
  parseKnownHosts,
  type UnreadableKnownHost,
} from "./known-hosts/known-hosts-line.ts";
export { knownKeyTypes, preferKnownKeyTypes } from "./known-hosts/known-key-types.ts";
