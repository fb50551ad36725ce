export type { ScpRelayEnd, ScpRelayOptions, ScpRelayPeer } from "./options.ts";
export { relay } from "./relay.ts";
export { relayEndOf } from "./relay-end.ts";
