import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { WireDirection } from "./wire.ts";

/** A way to a server that can be cut. */
export interface CuttingProxy {
  readonly port: number;
  /** Bytes that have passed over the connection made last. */
  readonly passed: Readonly<Record<WireDirection, number>>;
  /** The next connection is reset, or falls silent, after so many bytes in a direction; `undefined`: it is left alone. */
  cut: { readonly direction: WireDirection; readonly offset: number; readonly silent?: boolean } | undefined;
}

/** Makes a way to a port of this machine that goes with the test. */
export async function startCuttingProxy(t: TestContext, port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const passed = { up: 0, down: 0 };
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    Object.assign(passed, { up: 0, down: 0 });
    const cut = proxy.cut;
    let silent = false;
    const strike = (): void => {
      if (cut?.silent) silent = true;
      else reset();
    };
    const reset = (): void => {
      near.resetAndDestroy();
      far.resetAndDestroy();
    };
    const pass = (from: Socket, to: Socket, direction: WireDirection): void => {
      sockets.add(from);
      from.on("error", reset);
      from.once("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on("data", (chunk) => {
        const left = cut?.direction === direction ? cut.offset - passed[direction] : Number.POSITIVE_INFINITY;
        passed[direction] += chunk.byteLength;
        if (silent) return;
        if (left > chunk.byteLength) to.write(chunk);
        else to.write(chunk.subarray(0, Math.max(0, left)), strike);
      });
    };
    pass(near, far, "up");
    pass(far, near, "down");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  const proxy: CuttingProxy = { port: address.port, passed, cut: undefined };
  return proxy;
}
