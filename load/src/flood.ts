import { upload } from "@scpkit/source";
import { warmUp } from "./concurrent.ts";
import { bodyOf } from "./held-body.ts";
import type { LoadServer } from "./load-server.ts";
import type { ServerSample } from "./server-messages.ts";

/** The limits of a server for {@link runFlood}. */
export const floodLimits = { maxFileBytes: 50_000 };

/** What each session of a flood sends without end: times without an entry, a file that is too large, one in the place of a directory. */
const records = ["T1 0 1 0\n", "C0644 99999 f\n", "C0644 1 warm\n"];

/** What became of a flood. */
export interface FloodReport {
  readonly before: ServerSample;
  /** While the flood went on. */
  readonly during: ServerSample;
  readonly after: ServerSample;
  readonly sentBytes: number;
  /** Milliseconds of each login with a transfer while the flood went on, sorted. */
  readonly honestMs: readonly number[];
}

/** Floods a server that has {@link floodLimits} with cheap records in several sessions and lets honest users log in beside them. */
export async function runFlood(server: LoadServer, honest: number): Promise<FloodReport> {
  await warmUp(server);
  const before = await server.sample();
  const attacker = await server.connect();
  let over = false;
  let sentBytes = 0;
  const floods = records.map(async (record) => {
    const block = new TextEncoder().encode(record.repeat(10_000));
    while (!over) {
      const channel = await attacker.exec("scp -t /");
      channel.readable.pipeTo(new WritableStream()).catch(() => {});
      const writer = channel.writable.getWriter();
      try {
        while (!over) {
          await writer.write(block);
          sentBytes += block.byteLength;
        }
      } catch {
        // A limit of the server has ended the session: the next one begins.
      }
      await channel.close();
    }
  });
  const honestMs: number[] = [];
  for (let number = 0; number < honest; number++) {
    const startMs = performance.now();
    const connection = await server.connect();
    const file = {
      type: "file",
      name: `h${number}`,
      mode: 0o644,
      size: 1000,
      open: () => bodyOf(1000, number),
    } as const;
    await upload(connection, "/", [file], { lanes: 1 });
    await connection.close();
    honestMs.push(performance.now() - startMs);
  }
  const during = await server.sample();
  over = true;
  await Promise.all(floods);
  await attacker.close();
  const after = await server.sampleWhenIdle(before);
  return { before, during, after, sentBytes, honestMs: honestMs.sort((left, right) => left - right) };
}
