import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ScpError } from "@scpkit/codec";
import { ScpIncompleteError } from "@scpkit/core";
import { createFsTarget, temporaryNamePattern, walk } from "@scpkit/fs";
import { download } from "@scpkit/sink";
import { type ScpEntry, upload } from "@scpkit/source";
import type { Ssh2Connection } from "@scpkit/ssh2";
import { type Sample, takeSample } from "../sample.ts";
import { connectTo } from "../server/connect-to.ts";
import { startOwnServer } from "../server/own-server.ts";
import { bodyOf } from "./held-body.ts";

/** What a long life left behind. */
export interface SoakReport {
  readonly transfers: number;
  readonly durationMs: number;
  /** Before anything. */
  readonly first: Sample;
  /** After a fifth of the transfers: what stays is there by then. */
  readonly early: Sample;
  /** After all of them. */
  readonly late: Sample;
  /** Once client and server are gone. */
  readonly last: Sample;
  readonly temporaryFiles: readonly string[];
  /** Transfers that failed as they were meant to. */
  readonly failures: number;
}

/**
 * Client and server in this process: transfers of every kind, those that fail and those that are given up among them.
 */
export async function runSoak(transfers: number): Promise<SoakReport> {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-soak-"));
  const [remote, local] = [join(folder, "remote"), join(folder, "local")];
  for (const path of [remote, local]) mkdirSync(path);
  try {
    const first = await takeSample();
    const server = await startOwnServer({ root: remote, maxConnections: 10, maxSessionsPerConnection: 10 });
    let connection = await connectTo(server.ssh.port);
    let failures = 0;
    const startMs = performance.now();
    const run = async (from: number, to: number): Promise<void> => {
      for (let number = from; number < to; number++) {
        if (number % 100 === 99) {
          await connection.close();
          connection = await connectTo(server.ssh.port);
        }
        if (await transfer(connection, local, number)) failures += 1;
      }
    };
    const fifth = Math.ceil(transfers / 5);
    await run(0, fifth);
    const early = await takeSample();
    await run(fifth, transfers);
    const late = await takeSample();
    const durationMs = performance.now() - startMs;
    await connection.close();
    await server.ssh.close({ deadlineMs: 1_000 });
    const last = await takeSample();
    const temporaryFiles = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
      temporaryNamePattern.test(path.slice(path.lastIndexOf("/") + 1)),
    );
    return { transfers, durationMs, first, early, late, last, temporaryFiles, failures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One transfer of the kind that its number says; tells whether it failed, as it was meant to. */
async function transfer(connection: Ssh2Connection, local: string, number: number): Promise<boolean> {
  switch (number % 6) {
    case 0:
      await upload(connection, "/", [tree(number)], { recursive: true, preserve: true, parallel: 1 });
      return false;
    case 1:
      await download(connection, "/tree", await createFsTarget(local), { recursive: true, preserve: true });
      return false;
    case 2:
      await upload(connection, "/", walk(join(local, "tree"), { recursive: true }), { recursive: true, parallel: 3 });
      return false;
    case 3:
      return await fails(upload(connection, "/tree/f0", [tree(number)], { recursive: true, parallel: 1 }));
    case 4:
      return await fails(download(connection, "/missing", await createFsTarget(local)));
    default:
      return await givenUp(connection);
  }
}

function tree(number: number): ScpEntry {
  const times = { mtimeMs: 1_000_000, atimeMs: 2_000_000 };
  const files = Array.from({ length: 5 }, (_, index): ScpEntry => {
    const body = bodyOf(index * 5_000, number);
    return { type: "file", name: `f${index}`, mode: 0o644, size: body.length, times, open: () => body };
  });
  return { type: "directory", name: "tree", mode: 0o755, times, entries: () => files };
}

/** Ends a transfer in the middle of a body. */
async function givenUp(connection: Ssh2Connection): Promise<boolean> {
  const controller = new AbortController();
  const reason = new Error("Given up");
  const endless = new ReadableStream<Uint8Array>({
    pull: (stream) => {
      stream.enqueue(new Uint8Array(1000));
      setTimeout(() => controller.abort(reason), 2);
    },
  });
  const file = { type: "file", name: "endless", mode: 0o644, size: 1e9, open: () => endless } as const;
  try {
    await upload(connection, "/", [file], { parallel: 1, signal: controller.signal });
  } catch (error) {
    if (error === reason) return true;
    throw error;
  }
  throw new Error("A transfer that was given up came to its end");
}

async function fails(outcome: Promise<unknown>): Promise<boolean> {
  try {
    await outcome;
  } catch (error) {
    if (error instanceof ScpIncompleteError || error instanceof ScpError) return true;
    throw error;
  }
  throw new Error("A transfer that must fail did not");
}
