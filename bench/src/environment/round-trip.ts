import { once } from "node:events";
import { connect } from "node:net";
import { median } from "../report/statistics.ts";

/**
 * Returns the median time in milliseconds until an echo server on 127.0.0.1 returns one byte, over `rounds` bytes sent
 * one after the other.
 */
export async function measureRoundTrip(port: number, rounds: number): Promise<number> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const times: number[] = [];
  // The first round includes a part of the handshake.
  for (let round = -1; round < rounds; round += 1) {
    const start = performance.now();
    socket.write("x");
    await once(socket, "data");
    if (round >= 0) times.push(performance.now() - start);
  }
  socket.destroy();
  return Math.round(median(times) * 10) / 10;
}
