import type { ChildProcess } from "node:child_process";
import { connect } from "node:net";

/**
 * Waits until an SSH server sends its identification to clients that connect.
 *
 * @param server the server's process
 * @param log returns what the server has printed, for the error message
 * @throws {Error} when the server exits, or does not answer for about five seconds
 */
export async function waitForGreeting(
  port: number,
  server: ChildProcess,
  log: () => string,
  address = "127.0.0.1",
): Promise<void> {
  for (let tries = 0; !(await greets(port, address)); tries += 1) {
    if (tries === 200 || server.exitCode !== null) throw new Error(`The server did not start: ${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function greets(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.once("error", () => resolve(false));
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
