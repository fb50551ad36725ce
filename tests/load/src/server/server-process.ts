// The server under load, in a process of its own. Tells its port, then answers each message with a sample.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { takeSample } from "../sample.ts";
import { startOwnServer } from "./own-server.ts";
import type { ServerMessage, ServerSettings } from "./server-messages.ts";

const settings: ServerSettings = JSON.parse(process.argv[2] ?? "{}");
const server = await startOwnServer(settings);

const delays = monitorEventLoopDelay({ resolution: 5 });
delays.enable();

const send = (message: ServerMessage): void => void process.send?.(message);
process.on("message", async (request) => {
  if (request === "stop") {
    await server.ssh.close({ deadlineMs: 0 });
    process.disconnect();
    return;
  }
  const longestTurnMs = delays.max / 1e6;
  // A sample takes a while: what ends meanwhile was still there when its memory was counted.
  const before = { active: server.active, connections: server.ssh.connections };
  const sample = await takeSample();
  const { served, failures, logins } = server;
  const active = Math.max(before.active, server.active);
  const connections = Math.max(before.connections, server.ssh.connections);
  send({ type: "sample", sample, served, active, connections, longestTurnMs, failures, logins });
  delays.reset();
});
process.on("disconnect", () => process.exit());
send({ type: "ready", port: server.ssh.port });
