export type { ScpRelaySide, ScpRelayOptions, ScpRelayPeer } from "./options.ts";
export { relay } from "./relay.ts";
export { relaySideOf } from "./relay-side.ts";
