import { createServer, type Server, Socket } from "node:net";
import { DelayLine } from "./delay-line.ts";

/** A running proxy. */
export interface DelayProxy {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

/** Options of {@link createDelayProxy}. */
export interface DelayProxyOptions {
  /** Port on 127.0.0.1 that connections are forwarded to. */
  readonly targetPort: number;
  /** Round trip in milliseconds; half of it in each direction. */
  readonly roundTripMs: number;
  /** Bytes in flight per direction and connection. @default 134217728 */
  readonly capacity?: number | undefined;
}

/**
 * Creates a TCP proxy that adds a round trip of `roundTripMs` to loopback, without help from the kernel.
 *
 * The TCP handshake is imitated too: the client is connected at once, but its first byte is delayed as if the handshake
 * had taken its round trip, so that a second connection has its real cost.
 */
export async function createDelayProxy(options: DelayProxyOptions): Promise<DelayProxy> {
  const { targetPort, roundTripMs, capacity = 128 * 1024 * 1024 } = options;
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    const target = track(new Socket({ allowHalfOpen: true }));
    const line = { delayMs: roundTripMs / 2, capacity };
    // The handshake ends after one round trip for the client's kernel, and after one and a half for the server's.
    setTimeout(() => {
      if (client.destroyed) return;
      const outward = new DelayLine(client, target, { ...line, held: true });
      new DelayLine(target, client, line);
      client.resume();
      setTimeout(() => {
        if (client.destroyed) return;
        target.connect(targetPort, "127.0.0.1");
        outward.release();
      }, roundTripMs / 2);
    }, roundTripMs);
    track(client);
  });
  return {
    port: await listen(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port");
  return address.port;
}
