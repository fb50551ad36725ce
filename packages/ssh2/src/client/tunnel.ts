import type { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";
import { AdaptiveWindow, type WindowGrowth } from "../channel/receive-window.ts";

/**
 * Prepares a forwarded channel to carry another SSH connection.
 *
 * Writes are deferred until the writer has returned. ssh2's ChaCha20 in JavaScript has one nonce buffer for all
 * connections and writes each packet in three parts while it uses the buffer: if an outer connection encrypts in
 * between, it corrupts the packets of the inner one. Deferred data is sent as one packet.
 *
 * @param onOverrun called when the peer has sent more than the window allowed
 */
export function createTunnel(channel: ClientChannel, growth: WindowGrowth, onOverrun: () => void): Duplex {
  // The window replenishes itself with each chunk that arrives.
  new AdaptiveWindow(channel, growth, () => 0, onOverrun);
  const write = channel.write.bind(channel);
  let corked = false;
  channel.write = (...rest: unknown[]): boolean => {
    if (!corked) {
      corked = true;
      channel.cork();
      queueMicrotask(() => {
        corked = false;
        channel.uncork();
      });
    }
    return Boolean(Reflect.apply(write, undefined, rest));
  };
  channel._writev = (chunks: readonly { readonly chunk: Buffer }[], callback: (error?: Error | null) => void): void => {
    channel._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "binary", callback);
  };
  return channel;
}
