import type { Writable } from "node:stream";
import type { Channel } from "ssh2";

/** The receive window of a channel: how many more bytes the peer may send. */
export interface ReceiveWindow {
  /** Bytes that the peer may still send. Negative: the peer has sent more than the window allowed. */
  readonly bytes: number;
  /** Allows the peer to send `bytes` more. */
  grow(bytes: number): void;
}

/** Returns the receive window, or `undefined` if this version of ssh2 keeps it elsewhere. */
export function receiveWindowOf(channel: Channel): ReceiveWindow | undefined {
  const incoming = objectAt(channel, "incoming");
  const outgoing = objectAt(channel, "outgoing");
  const protocol = objectAt(connectionOf(channel), "_protocol");
  const adjust = valueAt(protocol, "channelWindowAdjust");
  const peerId = valueAt(outgoing, "id");
  if (incoming === undefined || !hasWindow(incoming)) return undefined;
  if (protocol === undefined || typeof adjust !== "function" || typeof peerId !== "number") return undefined;
  return {
    get bytes(): number {
      return incoming.window;
    },
    grow(bytes: number): void {
      const state = valueAt(outgoing, "state");
      if (state !== "open" && state !== "eof") return;
      incoming.window += bytes;
      Reflect.apply(adjust, protocol, [peerId, bytes]);
    },
  };
}

function hasWindow(side: object): side is { window: number } {
  return typeof valueAt(side, "window") === "number";
}

/**
 * Returns the state of the peer's direction of the channel, or `undefined` if this version of ssh2 does not expose it.
 */
export function incomingState(channel: Channel): "open" | "eof" | "closed" | undefined {
  const state = valueAt(objectAt(channel, "incoming"), "state");
  return state === "open" || state === "eof" || state === "closed" ? state : undefined;
}

/**
 * Forgets the last chunk that waited for window space and has been sent since.
 *
 * ssh2 1.17 keeps it, and sends it a second time when standard error is the next to wait (`CHANNEL_WINDOW_ADJUST` in
 * server.js).
 */
export function forgetSentChunk(channel: Channel): void {
  if (valueAt(channel, "_chunk") === undefined) return;
  Reflect.set(channel, "_chunk", undefined);
  Reflect.set(channel, "_chunkcb", undefined);
}

/** Returns the ssh2 `Client` or server-side `Connection` that a channel belongs to. */
export function connectionOf(channel: Channel): object | undefined {
  return objectAt(channel, "_client");
}

/** Returns the socket below a connection, if it is accessible and reports how much it still has to send. */
export function socketOf(connection: object | undefined): Writable | undefined {
  const socket = objectAt(connection, "_sock");
  return isSocket(socket) ? socket : undefined;
}

/** Returns the peer's whole identification line without its line end. */
export function identificationOf(client: object): string | undefined {
  const raw = valueAt(objectAt(client, "_protocol"), "_remoteIdentRaw");
  if (raw instanceof Uint8Array) return new TextDecoder("latin1").decode(raw).trimEnd();
  const software = valueAt(client, "_remoteVer");
  return typeof software === "string" ? `SSH-2.0-${software}` : undefined;
}

/** Stops ssh2 from describing every packet: the description is only needed until the connection is established. */
export function stopDebug(client: object): void {
  const protocol = objectAt(client, "_protocol");
  if (typeof valueAt(protocol, "_debug") === "function") Reflect.set(protocol ?? {}, "_debug", undefined);
}

/** Restarts the keepalive timer of an ssh2 client, and forgets the keepalives without a reply. */
export function restartKeepalive(client: object): void {
  const restart = valueAt(client, "_resetKA");
  if (typeof restart === "function") Reflect.apply(restart, client, []);
}

/**
 * Starts a key exchange, unless one is running or the connection has ended. ssh2 1.17 has no public method for it on
 * the client side.
 */
export function startKeyExchange(client: object): void {
  const protocol = objectAt(client, "_protocol");
  const start = valueAt(protocol, "rekey");
  const isOver = socketOf(client)?.writable !== true;
  if (typeof start === "function" && !isOver) Reflect.apply(start, protocol, []);
}

/** Calls `listener` with the number of bytes of each write to a socket. */
export function onWrittenBytes(socket: Writable, listener: (count: number) => void): void {
  const write: unknown = valueAt(socket, "write");
  if (typeof write !== "function") return;
  Reflect.set(socket, "write", (...parameters: unknown[]): unknown => {
    const [chunk] = parameters;
    if (chunk instanceof Uint8Array) listener(chunk.byteLength);
    return Reflect.apply(write, socket, parameters);
  });
}

/**
 * Makes a connection that has ended ignore later writes.
 *
 * ssh2 1.17 ignores them, but throws with compression (`ZlibPacketWriter.finalize` after `cleanup` in
 * lib/protocol/zlib.js). Some of its writes come from event listeners and timers, where nobody catches the error.
 */
export function ignoreLateWrites(connection: object): void {
  const protocol = objectAt(connection, "_protocol");
  const destruct = valueAt(protocol, "_destruct");
  if (protocol === undefined || typeof destruct !== "function") return;
  Reflect.set(protocol, "_destruct", (...reason: unknown[]): void => {
    Reflect.apply(destruct, protocol, reason);
    const writer = objectAt(objectAt(protocol, "_packetRW"), "write");
    if (writer !== undefined) Reflect.set(writer, "finalize", (packet: unknown) => packet);
  });
}

function isSocket(value: object | undefined): value is Writable {
  return typeof valueAt(value, "writableLength") === "number" && typeof valueAt(value, "destroy") === "function";
}

function objectAt(parent: object | undefined, key: string): object | undefined {
  const value = valueAt(parent, key);
  return typeof value === "object" && value !== null ? value : undefined;
}

function valueAt(parent: object | undefined, key: string): unknown {
  return parent === undefined ? undefined : Reflect.get(parent, key);
}
