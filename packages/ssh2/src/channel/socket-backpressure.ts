import { nextTick } from "node:process";
import type { Writable } from "node:stream";

/** Bytes that may wait in the socket's own queue before writers of its channels are held back. */
const limitBytes = 4 * 1024 * 1024;

const waiting = new WeakMap<Writable, Set<() => void>>();

/**
 * Whether the socket has enough to send for now. ssh2 hands everything the peer's window allows to the socket and
 * ignores what the socket says about it, so a peer with a huge window would have this side hold whole files.
 */
export function isBackedUp(socket: Writable | undefined): socket is Writable {
  return socket !== undefined && socket.writableLength > limitBytes;
}

/** Calls `callback` once when the socket has sent what it had. One listener serves all channels of a connection. */
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
 * Lets everything that is written to the socket until this turn of the event loop ends, microtasks included, leave in one system call.
 * ssh2 writes each packet by itself; what a single read brings is often answered on several channels.
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
