export { type AddHostKeyOptions, addHostKey, type NewHostKey } from "./add-host-key.ts";
export { checkHostKey, type HostKeyMatch, type HostKeyQuery, type HostKeyResult } from "./check-host-key.ts";
export { decideHostKey, type HostKeyDecision, type HostKeyPolicy } from "./decide-host-key.ts";
export { sha256Fingerprint } from "./host-key.ts";
export { describeRefusedKey, describeUnknownKey } from "./host-key-text.ts";
export { type HostAddress, hashHostName, knownHostsName } from "./host-name.ts";
export { KnownHostsError } from "./known-hosts-error.ts";
export {
  type KnownHostEntry,
  type KnownHostMarker,
  type KnownHosts,
  parseKnownHosts,
  type UnreadableKnownHost,
} from "./known-hosts-line.ts";
export { knownKeyTypes, preferKnownKeyTypes } from "./known-key-types.ts";
export type { StrictHostKeyChecking } from "./resolved-host.ts";
