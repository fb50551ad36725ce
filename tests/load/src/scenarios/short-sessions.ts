import { download } from "@scpkit/sink";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { upload } from "@scpkit/source";
import { type Sample, takeSample } from "../sample.ts";
import type { LoadServer } from "../server/load-server.ts";
import type { ServerSample } from "../server/server-messages.ts";
import { warmUp } from "./concurrent.ts";
import { bodyOf } from "./held-body.ts";

/** What a row of short sessions left behind, at the server and here. */
export interface ShortSessionsReport {
  readonly sessions: number;
  readonly durationMs: number;
  /** After a tenth of the sessions: what stays is there by then. */
  readonly early: { readonly server: ServerSample; readonly client: Sample };
  /** After all, with the same connections still open. */
  readonly late: { readonly server: ServerSample; readonly client: Sample };
  /** Once the connections are closed. */
  readonly after: ServerSample;
}

/** Uploads and downloads one small file after the other over a few connections. */
export async function runShortSessions(
  server: LoadServer,
  { sessions, connections: count }: { readonly sessions: number; readonly connections: number },
): Promise<ShortSessionsReport> {
  await warmUp(server);
  const connections = await Promise.all(Array.from({ length: count }, () => server.connect()));
  const run = async (total: number): Promise<void> => {
    const numbers = Array.from({ length: total }, (_, index) => index).values();
    const work = connections.map(async (connection, lane) => {
      for (const number of numbers) {
        const name = `s${lane}-${number % 10}`;
        const body = bodyOf(200, number);
        const file = { type: "file", name, mode: 0o644, size: 200, open: () => body } as const;
        if (number % 2 === 0) {
          await upload(connection, "/", [file], { parallel: 1 });
        } else {
          const target = createMemoryTarget();
          await download(connection, "/warm/w1", target);
          if (target.entries.get("w1")?.bytes.length !== 1000) throw new Error("The download is not whole");
        }
      }
    });
    await Promise.all(work);
  };
  const startMs = performance.now();
  const tenth = Math.ceil(sessions / 10);
  await run(tenth);
  const early = { server: await server.sample(), client: await takeSample() };
  await run(sessions - tenth);
  const durationMs = performance.now() - startMs;
  const late = { server: await server.sample(), client: await takeSample() };
  await Promise.all(connections.map((connection) => connection.close()));
  const after = await server.sampleWhenIdle(early.server);
  return { sessions, durationMs, early, late, after };
}
