import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { upload } from "@scpkit/source";
import type { LoadServer } from "../server/load-server.ts";
import type { ServerSample } from "../server/server-messages.ts";
import { bodyOf, createGate, heldBody } from "./held-body.ts";

/** How many sessions are held at once. */
export interface ConcurrentOptions {
  readonly connections: number;
  readonly sessionsPerConnection: number;
  /** Bytes of each file. */
  readonly size: number;
}

/** What it took. */
export interface ConcurrentReport {
  readonly before: ServerSample;
  /** While all sessions have half of their file. */
  readonly during: ServerSample;
  /** Once all have ended and the connections are closed. */
  readonly after: ServerSample;
  readonly heldMs: number;
  /** Files that did not arrive as they were sent. */
  readonly damaged: readonly string[];
}

/** Opens all sessions, waits until each is in the middle of a file, then lets them go on, and looks at what arrived. */
export async function holdSessions(server: LoadServer, options: ConcurrentOptions): Promise<ConcurrentReport> {
  const { connections: count, sessionsPerConnection, size } = options;
  await warmUp(server);
  const before = await server.sample();
  const startMs = performance.now();
  const gate = createGate();
  const connections = await Promise.all(Array.from({ length: count }, () => server.connect()));
  for (let index = 0; index < count; index++) mkdirSync(join(server.root, `c${index}`));
  const transfers = connections.flatMap((connection, at) =>
    Array.from({ length: sessionsPerConnection }, (_, index) => {
      const number = at * sessionsPerConnection + index;
      const open = (): ReadableStream<Uint8Array> => heldBody(size, number, gate);
      const entry = { type: "file", name: `f${index}`, mode: 0o644, size, open } as const;
      return upload(connection, `/c${at}`, [entry], { parallel: 1 });
    }),
  );
  const all = Promise.all(transfers);
  all.catch(() => {});
  const total = count * sessionsPerConnection;
  const during = await Promise.race([
    server.sampleWhen(`${total} sessions`, ({ active }) => active === total),
    // A transfer that fails while the gate is shut says more than a count that is not reached.
    all.then(() => Promise.reject(new Error("All transfers ended while they were held"))),
  ]);
  const heldMs = performance.now() - startMs;
  gate.open();
  await all;
  await Promise.all(connections.map((connection) => connection.close()));
  const after = await server.sampleWhenIdle(before);
  const damaged: string[] = [];
  for (let number = 0; number < total; number++) {
    const path = `c${Math.floor(number / sessionsPerConnection)}/f${number % sessionsPerConnection}`;
    if (!readFileSync(join(server.root, path)).equals(bodyOf(size, number))) damaged.push(path);
  }
  return { before, during, after, heldMs, damaged };
}

/** What is loaded and compiled on the first sessions is nobody's leak. */
export async function warmUp(server: LoadServer): Promise<void> {
  mkdirSync(join(server.root, "warm"), { recursive: true });
  const gate = createGate();
  gate.open();
  for (let round = 0; round < 3; round++) {
    const connection = await server.connect();
    const files = Array.from({ length: 20 }, (_, index) => ({
      type: "file" as const,
      name: `w${index}`,
      mode: 0o644,
      size: 1000,
      open: () => heldBody(1000, index, gate),
    }));
    await Promise.all(files.slice(0, 8).map((file) => upload(connection, "/warm", [file], { parallel: 1 })));
    await upload(connection, "/warm", files, { parallel: 1 });
    await connection.close();
  }
  await server.sampleWhenIdle();
}
