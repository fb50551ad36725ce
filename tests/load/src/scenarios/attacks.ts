import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { upload } from "@scpkit/source";
import { generateHostKey } from "@scpkit/ssh2/server";
import type { LoadServer } from "../server/load-server.ts";
import type { ServerSample } from "../server/server-messages.ts";
import { warmUp } from "./concurrent.ts";

/** What one attack did to the server. */
export interface AttackReport {
  readonly name: string;
  readonly before: ServerSample;
  /** While the attack goes on. */
  readonly during: ServerSample;
  /** Logins of attackers and connections held by them: the attack has reached the server. */
  readonly reached: number;
  /** Once the attackers are gone. */
  readonly after: ServerSample;
  /** Milliseconds of each login of others while the attack goes on, sorted. */
  readonly loginMs: readonly number[];
}

/** Who the attackers are, and where they come from: another address than the users. */
const attacker = "eve";
const attackerAddress = "127.0.0.2";

/**
 * Scripts of the attacks. `$SSH` logs in as an attacker; all repeat what the server ends.
 *
 * The floods come from OpenSSH's client, which is fast enough to keep the receive windows of the server full.
 */
const scripts: Readonly<Record<string, string>> = {
  "refused files": "while :; do yes 'C0644 1 d' | $SSH 'scp -t .'; done",
  "files that are too large": "while :; do yes 'C0644 99999 f' | $SSH 'scp -t .'; done",
  "announced times": "while :; do yes 'T1 0 1 0' | $SSH 'scp -t .'; done",
  "deep paths": `path=$(printf 'a/%.0s' $(seq 15000)); while :; do $SSH "scp -t $path"; $SSH "scp -f $path"; done`,
  "shell commands": "while :; do yes 'unset a' | $SSH; done",
  "unknown shell commands": "while :; do yes 'a;a;a;a;a;a;a;a' | $SSH; done",
  "shell listings": "while :; do yes 'ls -la many' | $SSH; done",
  "options of ls": `option=$(printf 'a%.0s' $(seq 16000)); while :; do yes "ls -$option!" | $SSH; done`,
  // The server knows no such command.
  logins: "for n in 1 2 3 4; do (while :; do $SSH true; done) & done; wait",
};

/** The limits of a server for {@link runAttacks}. */
export const attackedLimits = { maxFileBytes: 50_000 };

/**
 * Runs each attack for a while on a server that has {@link attackedLimits}, and lets others log in and store a file
 * beside it.
 */
export async function runAttacks(server: LoadServer, seconds: number): Promise<readonly AttackReport[]> {
  const ssh = prepare(server);
  await warmUp(server);
  const reports: AttackReport[] = [];
  for (const [name, script] of Object.entries(scripts)) {
    reports.push(await besides(server, name, seconds, () => runScript(`SSH='${ssh}'; ${script}`)));
  }
  reports.push(await besides(server, "silent sockets", seconds, () => openSilentSockets(server.port, 300)));
  return reports;
}

/**
 * Makes what the scripts expect in the root: a directory `d`, which no file can replace, and `many` with files. Returns
 * `$SSH`.
 */
function prepare(server: LoadServer): string {
  mkdirSync(join(server.root, "d"));
  mkdirSync(join(server.root, "many"));
  for (let number = 0; number < 2_000; number++) writeFileSync(join(server.root, "many", `f${number}`), "");
  const key = join(dirname(server.root), "key");
  writeFileSync(key, generateHostKey().privateKey, { mode: 0o600 });
  const options = ["IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"];
  const words = ["-F", "none", "-T", "-q", "-b", attackerAddress, "-i", key, ...options.map((option) => `-o${option}`)];
  return ["ssh", ...words, "-p", server.port, `${attacker}@127.0.0.1`].join(" ");
}

/** Logs in again and again while `attack` goes on. */
async function besides(
  server: LoadServer,
  name: string,
  seconds: number,
  attack: () => () => Promise<void>,
): Promise<AttackReport> {
  const before = await server.sampleWhenIdle();
  const stop = attack();
  const loginMs: number[] = [];
  let during: ServerSample;
  try {
    // Until the attack has logged in and its first flood is there.
    await sleep(1_000);
    for (const endMs = performance.now() + seconds * 1_000; performance.now() < endMs; ) {
      loginMs.push(await visit(server));
      await sleep(50);
    }
    during = await server.sample();
  } finally {
    await stop();
  }
  const after = await server.sampleWhenIdle(before);
  const logins = (of: ServerSample): number => of.logins[attacker] ?? 0;
  const reached = logins(during) - logins(before) + during.connections;
  return { name, before, during, after, reached, loginMs: loginMs.sort((left, right) => left - right) };
}

/** Logs in and stores a file. Resolves to the milliseconds of the login. */
async function visit(server: LoadServer): Promise<number> {
  const startMs = performance.now();
  const connection = await server.connect();
  const loginMs = performance.now() - startMs;
  const file = { type: "file", name: "honest", mode: 0o644, size: 3, open: () => new Uint8Array(3) } as const;
  await upload(connection, "/", [file], { parallel: 1 });
  await connection.close();
  return loginMs;
}

/** Runs a script of sh in a process group of its own; the returned function ends all of it. */
function runScript(script: string): () => Promise<void> {
  const child = spawn("sh", ["-c", script], { detached: true, stdio: "ignore" });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return async () => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await gone;
  };
}

/** Holds sockets that say nothing, and opens another for each that the server closes. */
function openSilentSockets(port: number, count: number): () => Promise<void> {
  const sockets = new Set<Socket>();
  let stopped = false;
  const open = (): void => {
    if (stopped) return;
    const socket = connectTcp({ port, host: "127.0.0.1", localAddress: attackerAddress });
    sockets.add(socket);
    socket.on("error", () => {}).resume();
    socket.once("close", () => {
      sockets.delete(socket);
      setTimeout(open, 100);
    });
  };
  for (let number = 0; number < count; number++) open();
  return async () => {
    stopped = true;
    for (const socket of sockets) socket.destroy();
  };
}
