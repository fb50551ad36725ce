import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { onWrittenBytes, startKeyExchange } from "../channel/internals.ts";
import type { Ssh2RekeyLimit } from "./connect-options.ts";

/**
 * Starts a new key exchange each time that a limit is reached, until the client closes. Data sent during an exchange
 * counts for the next limit.
 *
 * @param socket the stream that the client reads from and writes to
 */
export function limitKeyUse(client: Client, socket: Duplex, limit: Ssh2RekeyLimit): void {
  const { bytes = Number.POSITIVE_INFINITY, seconds } = limit;
  let sent = 0;
  let received = 0;
  const renew = (): void => startKeyExchange(client);
  const check = (): void => {
    if (Math.max(sent, received) < bytes) return;
    sent = 0;
    received = 0;
    // Not while ssh2 is writing or reading packets.
    setImmediate(renew);
  };
  onWrittenBytes(socket, (count) => {
    sent += count;
    check();
  });
  socket.on("data", (chunk: Uint8Array) => {
    received += chunk.byteLength;
    check();
  });
  // Also emitted if the server starts the exchange.
  client.on("handshake", () => {
    sent = 0;
    received = 0;
    timer?.refresh();
  });
  const timer = seconds === undefined ? undefined : setInterval(renew, Math.min(seconds * 1000, 0x7fffffff));
  timer?.unref();
  client.once("close", () => clearInterval(timer));
}
