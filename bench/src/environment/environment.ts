import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchCase } from "../cases.ts";
import type { ServerInfo } from "../report/results.ts";
import { type ClientAccess, createClientAccess, inspectRemoteShell } from "./client-access.ts";
import type { DelayProxy } from "./delay-proxy.ts";
import { startDelayProxy } from "./delay-proxy-process.ts";
import { type Fixture, prepareFixture } from "./fixtures.ts";
import { measureRoundTrip } from "./round-trip.ts";
import { type Sshd, startSshd } from "./sshd.ts";

/** A server, the proxies in front of it, and the files to copy, all in one temporary folder. */
export interface Environment {
  /** The folder for copies. */
  readonly folder: string;
  /** Returns how to reach the server at this distance; 0 connects directly. Starts the proxy at the first call. */
  access(delayMs: number): Promise<ClientAccess>;
  /** Returns the fixture that a case copies. Creates it at the first call. */
  fixture(benchCase: BenchCase): Promise<Fixture>;
  /** Removes the fixture of a case. */
  dropFixture(benchCase: BenchCase): void;
  /** Returns the information about the server that is known so far. */
  describe(): ServerInfo;
  /** Stops the server and the proxies and removes the folder. */
  close(): Promise<void>;
}

/** Creates an environment in a new folder in `parent`. @default the system's folder for temporary files */
export async function openEnvironment(parent: string = tmpdir()): Promise<Environment> {
  const folder = realpathSync(mkdtempSync(join(parent, "scpkit-bench-")));
  const proxies: DelayProxy[] = [];
  const roundTripsMs: Record<string, number> = {};
  const accesses = new Map<number, Promise<ClientAccess>>();
  const fixtures = new Map<string, Promise<Fixture>>();
  let sshd: Sshd | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([sshd?.close(), ...proxies.map((proxy) => proxy.close())]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    if (/[^\w./-]/.test(folder)) throw new Error(`A shell would interpret the folder's name ${JSON.stringify(folder)}`);
    const server = await startSshd(folder);
    sshd = server;
    const direct = createClientAccess(folder, server, server.port);
    accesses.set(0, Promise.resolve(direct));
    const shell = await inspectRemoteShell(direct, server);
    const openAccess = async (delayMs: number): Promise<ClientAccess> => {
      roundTripsMs[delayMs] = await probeRoundTrip(delayMs);
      const proxy = await startDelayProxy({ targetPort: server.port, roundTripMs: delayMs });
      proxies.push(proxy);
      return createClientAccess(folder, server, proxy.port);
    };
    return {
      folder,
      access: (delayMs) => remember(accesses, delayMs, () => openAccess(delayMs)),
      fixture: ({ name, recipe }) =>
        remember(fixtures, name, () => prepareFixture(join(folder, "sources", name), recipe)),
      dropFixture: ({ name }) => {
        fixtures.delete(name);
        rmSync(join(folder, "sources", name), { recursive: true, force: true });
      },
      describe: () => ({ ...shell, roundTripsMs }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function remember<K, V>(known: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

/** Measures the round trip of a proxy with this delay in front of an echo server. */
async function probeRoundTrip(delayMs: number): Promise<number> {
  const echo = createServer((socket) => {
    socket.setNoDelay(true).on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  const address = echo.address();
  if (address === null || typeof address === "string") throw new Error("The echo server has no port");
  const proxy = await startDelayProxy({ targetPort: address.port, roundTripMs: delayMs });
  try {
    return await measureRoundTrip(proxy.port, 15);
  } finally {
    await proxy.close();
    echo.close();
  }
}
