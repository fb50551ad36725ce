import { connect, createServer } from "node:net";
import type { RecordingWriter } from "./recording.ts";

/** Listens on loopback, and records everything on its way to `port` and back: a tee. */
export function relayRecorded(
  port: number,
  recording: RecordingWriter,
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((client) => {
    const peer = connect(port, "127.0.0.1");
    client.on("data", (chunk) => recording.add("client", chunk));
    peer.on("data", (chunk) => recording.add("server", chunk));
    client.pipe(peer).pipe(client);
    client.on("error", () => peer.destroy());
    peer.on("error", () => client.destroy());
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : 0,
        close: () => server.close(),
      });
    });
  });
}
