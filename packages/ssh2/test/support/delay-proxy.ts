import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy on loopback that makes every byte late. */
export interface DelayProxy {
  readonly port: number;
  stop(): Promise<void>;
}

/** @param delayMs in each direction */
export async function startDelayProxy(target: number, delayMs: number): Promise<DelayProxy> {
  const open = new Set<Socket>();
  const forward = (from: Socket, to: Socket): void => {
    open.add(from);
    from.setNoDelay(true);
    from.on("data", (chunk) => setTimeout(() => to.write(chunk), delayMs));
    from.on("end", () => setTimeout(() => to.end(), delayMs));
    from.on("error", () => to.destroy());
    from.on("close", () => open.delete(from));
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
    forward(near, far);
    forward(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  return {
    port: address.port,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
