import type { ChildProcess } from "node:child_process";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Returns a port of 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No port");
  return address.port;
}

/**
 * Waits until an SSH server greets those who connect.
 *
 * @param log what the server has printed, for the error
 * @throws when the server ends, or does not greet for five seconds
 */
export async function waitForServer(port: number, server: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; !(await greets(port)); tries += 1) {
    if (tries === 200 || server.exitCode !== null) throw new Error(`The server did not start: ${log()}`);
    await sleep(25);
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
