import { createServer } from "node:net";

/**
 * Returns a TCP port that nothing listens on.
 *
 * @param address the local address to look at
 */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, address, resolve);
  });
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (bound === null || typeof bound === "string") throw new Error(`No free port on ${address}`);
  return bound.port;
}
