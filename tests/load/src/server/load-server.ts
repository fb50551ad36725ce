import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { temporaryNamePattern } from "@scpkit/fs";
import type { Ssh2Connection } from "@scpkit/ssh2";
import { moreHandles } from "../sample.ts";
import { connectTo } from "./connect-to.ts";
import type { ServerMessage, ServerSample, ServerSettings } from "./server-messages.ts";

/** A server in a process of its own, and the folder it serves. */
export interface LoadServer {
  readonly port: number;
  /** What it serves. */
  readonly root: string;
  connect(): Promise<Ssh2Connection>;
  sample(): Promise<ServerSample>;
  /** Samples until something is so. @throws {Error} after half a minute */
  sampleWhen(what: string, isSo: (sample: ServerSample) => boolean): Promise<ServerSample>;
  /**
   * Samples until the server has no connections, no sessions, and no more handles and descriptors than it had.
   *
   * @throws {Error} after half a minute
   */
  sampleWhenIdle(before?: ServerSample): Promise<ServerSample>;
  /** Temporary files of transfers that lie in the folder. */
  temporaryFiles(): string[];
  /** Ends the process and removes the folder. */
  stop(): Promise<void>;
}

/** Starts a server. Whoever starts it stops it. */
export async function startLoadServer(settings: Omit<ServerSettings, "root">): Promise<LoadServer> {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-load-"));
  const root = join(folder, "root");
  mkdirSync(root);
  const argv = [JSON.stringify({ ...settings, root })];
  const child = fork(join(import.meta.dirname, "server-process.ts"), argv, {
    execArgv: ["--import", import.meta.resolve("tsx")],
  });
  const first = await messageOf(child);
  if (first.type !== "ready") throw new Error("The server did not begin with its port");
  const { port } = first;

  const sample = async (): Promise<ServerSample> => {
    child.send("sample");
    const answer = await messageOf(child);
    if (answer.type !== "sample") throw new Error("The server answered something else");
    return answer;
  };
  const sampleWhen = async (what: string, isSo: (sample: ServerSample) => boolean): Promise<ServerSample> => {
    const endMs = performance.now() + 30_000;
    for (;;) {
      const now = await sample();
      if (isSo(now)) return now;
      if (performance.now() > endMs) throw new Error(`Waited in vain for ${what}: ${JSON.stringify(now)}`);
    }
  };
  return {
    port,
    root,
    sample,
    connect: () => connectTo(port),
    sampleWhen,
    sampleWhenIdle: (before) =>
      sampleWhen("an idle server", ({ connections, active, sample: now }) => {
        return (
          connections === 0 &&
          active === 0 &&
          moreHandles(before?.sample.handles ?? now.handles, now.handles).length === 0 &&
          now.descriptors <= (before?.sample.descriptors ?? now.descriptors)
        );
      }),
    temporaryFiles: () =>
      readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
        temporaryNamePattern.test(path.slice(path.lastIndexOf("/") + 1)),
      ),
    async stop() {
      const gone = once(child, "exit");
      if (child.connected) child.send("stop");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function messageOf(child: ChildProcess): Promise<ServerMessage> {
  const ended = new AbortController();
  const gone = once(child, "exit", { signal: ended.signal }).then(() => {
    throw new Error("The server process has ended");
  });
  gone.catch(() => {});
  try {
    const [message]: ServerMessage[] = await Promise.race([once(child, "message", { signal: ended.signal }), gone]);
    if (message === undefined) throw new Error("The server said nothing");
    return message;
  } finally {
    ended.abort();
  }
}
