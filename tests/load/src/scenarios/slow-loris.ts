import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { upload } from "@scpkit/source";
import type { LoadServer } from "../server/load-server.ts";
import type { ServerSample } from "../server/server-messages.ts";
import { warmUp } from "./concurrent.ts";
import { bodyOf } from "./held-body.ts";

/** How many of each kind. */
export interface SlowLorisOptions {
  /** Connections that never log in. */
  readonly strangers: number;
  /** Connections that are logged in and hold sessions that say nothing, ten each. */
  readonly silentConnections: number;
  /** Connections that hold sessions in the middle of a record, ten each. */
  readonly stalledConnections: number;
  /** Transfers of honest users while all those are there. */
  readonly honest: number;
}

/** What became of them. */
export interface SlowLorisReport {
  readonly before: ServerSample;
  /** Once the crowd is there. */
  readonly crowded: ServerSample;
  /** Once the server has ended its sessions and logins. */
  readonly after: ServerSample;
  /** Milliseconds of each honest transfer, sorted. */
  readonly honestMs: readonly number[];
  /** Crowd sessions that the server ended, with the exit status the clients saw. */
  readonly exits: Readonly<Record<string, number>>;
}

/** Lets a crowd in that holds everything it can get, and serves honest users beside it. */
export async function runSlowLoris(server: LoadServer, options: SlowLorisOptions): Promise<SlowLorisReport> {
  await warmUp(server);
  const before = await server.sample();
  const strangers = Array.from({ length: options.strangers }, () => connectTcp(server.port, "127.0.0.1"));
  const goodbyes = strangers.map((socket) => ended(socket));
  const exits: Record<string, number> = {};
  const crowd = await Promise.all(
    Array.from({ length: options.silentConnections + options.stalledConnections }, () => server.connect()),
  );
  const sessions = await Promise.all(
    crowd.flatMap((connection, at) =>
      Array.from({ length: 10 }, async () => {
        const channel = await connection.exec("scp -t /");
        if (at >= options.silentConnections) {
          const writer = channel.writable.getWriter();
          await writer.write(new TextEncoder().encode("C0644 1000000 half-a-file\nhal"));
          writer.closed.catch(() => {});
        }
        return channel;
      }),
    ),
  );
  const crowded = await server.sampleWhen("the crowd", ({ active }) => active === sessions.length);
  const honestMs: number[] = [];
  const honest = await server.connect();
  for (let number = 0; number < options.honest; number++) {
    const startMs = performance.now();
    const body = bodyOf(1000, number);
    const file = { type: "file", name: `h${number}`, mode: 0o644, size: 1000, open: () => body } as const;
    await upload(honest, "/", [file], { parallel: 1 });
    honestMs.push(performance.now() - startMs);
  }
  await honest.close();
  // The server's limits end what is left of the crowd, and its login grace the strangers.
  for (const session of sessions) {
    session.readable.pipeTo(new WritableStream()).catch(() => {});
    const { code } = await session.closed;
    exits[String(code)] = (exits[String(code)] ?? 0) + 1;
  }
  await Promise.all(goodbyes);
  await Promise.all(crowd.map((connection) => connection.close()));
  const after = await server.sampleWhenIdle(before);
  return { before, crowded, after, honestMs: honestMs.sort((left, right) => left - right), exits };
}

async function ended(socket: Socket): Promise<void> {
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "close");
}
