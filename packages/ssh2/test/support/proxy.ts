import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A TCP proxy on loopback whose connections a test can cut. */
export interface CutProxy {
  readonly port: number;
  /** Connections that are open now. */
  readonly connections: () => number;
  /** Waits until the connections hold nothing back, and nothing has come in for a fifth of a second. */
  idle(): Promise<void>;
  /** Cuts all of them without a word. */
  cut(): void;
  stop(): Promise<void>;
}

/** @param target port on loopback */
export async function startProxy(target: number): Promise<CutProxy> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  const read = (): number => [...open].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  const idle = async (): Promise<void> => {
    let before = -1;
    while (read() !== before || [...open].some(({ writableLength }) => writableLength > 0)) {
      before = read();
      await sleep(200);
    }
  };
  return {
    port: address.port,
    idle,
    connections: () => open.size / 2,
    cut,
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
