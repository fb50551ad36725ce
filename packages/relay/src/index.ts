/**
 * Copies between two SCP peers: what one of them sends is passed to the other, and nothing is stored.
 *
 * @module
 */
export type { ScpRelaySide, ScpRelayOptions, ScpRelayPeer } from "./options.ts";
export { relay } from "./relay.ts";
export { relaySideOf } from "./relay-side.ts";
