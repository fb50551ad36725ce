import { EventEmitter } from "node:events";

const registries = new WeakMap<object, Set<() => void>>();

/**
 * Calls `callback` once, when an ssh2 connection is closed and before ssh2 reports it to its channels. One listener
 * serves all channels of a connection.
 *
 * @returns a function that removes the callback
 */
export function onConnectionClosed(connection: object | undefined, callback: () => void): () => void {
  if (!(connection instanceof EventEmitter)) return () => {};
  let callbacks = registries.get(connection);
  if (callbacks === undefined) {
    const created = new Set<() => void>();
    connection.prependOnceListener("close", () => {
      registries.delete(connection);
      for (const each of created) each();
    });
    registries.set(connection, created);
    callbacks = created;
  }
  const registered = callbacks;
  registered.add(callback);
  return () => {
    registered.delete(callback);
  };
}
