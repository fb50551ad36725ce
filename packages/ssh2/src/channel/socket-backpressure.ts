import { nextTick } from "node:process";
import type { Writable } from "node:stream";

/** Bytes that may be queued in the socket before writers of its channels have to wait. */
const limitBytes = 4 * 1024 * 1024;

const waiting = new WeakMap<Writable, Set<() => void>>();

/**
 * Returns whether the socket's queue is full. ssh2 passes everything that the peer's window allows to the socket and
 * ignores its backpressure, so a peer with a huge window could make this side buffer whole files.
 */
export function isBackedUp(socket: Writable | undefined): socket is Writable {
  return socket !== undefined && socket.writableLength > limitBytes;
}

/** Calls `callback` once when the socket has sent its queue. One listener serves all channels of a connection. */
export function onSocketDrained(socket: Writable, callback: () => void): void {
  const callbacks = waiting.get(socket);
  if (callbacks !== undefined) {
    callbacks.add(callback);
    return;
  }
  const created = new Set([callback]);
  waiting.set(socket, created);
  socket.once("drain", () => {
    waiting.delete(socket);
    for (const each of created) each();
  });
}

const joining = new WeakSet<Writable>();

/**
 * Corks the socket until this turn of the event loop ends, microtasks included, so that all its writes leave in one
 * system call. ssh2 writes each packet separately, and the data of a single read is often answered on several channels.
 */
export function corkForTick(socket: Writable | undefined): void {
  if (socket === undefined || joining.has(socket)) return;
  joining.add(socket);
  socket.cork();
  nextTick(() => {
    joining.delete(socket);
    socket.uncork();
  });
}
