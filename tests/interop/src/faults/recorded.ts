import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalTransport } from "@scpkit/child-process";
import type { ScpExecChannel, ScpSessionChannel, ScpTransport } from "@scpkit/core";
import { joinBytes } from "@scpkit/core/engine";
import { download, type ScpReplyMode } from "@scpkit/sink";
import { upload } from "@scpkit/source";
import { createLedger } from "./ledger.ts";
import { bodies, type FaultSession, limits, tree } from "./sessions.ts";
import { createWiredCommand, type WiredCommand } from "./wire.ts";

/** Sessions of our ends with OpenSSH's `scp -f` and `scp -t` of this machine: recorded once, then played back. */
export async function recordedSessions(): Promise<FaultSession[]> {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-recorded-"));
  try {
    mkdirSync(join(folder, "d", "sub"), { recursive: true });
    for (const [path, text] of Object.entries(bodies)) writeFileSync(join(folder, "d", path), text);
    for (const path of ["d/sub/two", "d/sub", "d"]) utimesSync(join(folder, path), 1_000_000_000, 1_234_567_890);
    const local = createLocalTransport({ peerIdentification: "SSH-2.0-OpenSSH_9.2" });
    const common = { recursive: true, preserve: true, limits };
    const sessions: FaultSession[] = [];
    for (const replies of ["lockstep", "overlapped", "pipelined"] satisfies ScpReplyMode[]) {
      const { target, committed } = createLedger();
      const said = await record(local, (transport) =>
        download(transport, join(folder, "d"), target, { ...common, replies }),
      );
      sessions.push({
        name: `download of a tree with -p, ${replies}, as OpenSSH sent it`,
        wires: 1,
        expected: committed,
        run: (ledger, fault) =>
          play(
            said,
            createWiredCommand(fault),
            (transport) => download(transport, "d", ledger, { ...common, replies }),
            true,
          ),
      });
    }
    const said = await record(local, (transport) => upload(transport, join(folder, "copy"), tree(), common));
    sessions.push({
      name: "upload of a tree with -p, as OpenSSH answered it",
      wires: 1,
      expected: new Map(),
      run: (_, fault) =>
        play(
          said,
          createWiredCommand(fault),
          (transport) => upload(transport, "d", tree(), { ...common, answersOnce: true }),
          false,
        ),
    });
    return sessions;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything that the peer says in one session. */
async function record(
  transport: ScpTransport,
  run: (transport: ScpTransport) => Promise<unknown>,
): Promise<readonly Uint8Array[]> {
  const said: Uint8Array[] = [];
  const recorder: ScpTransport = {
    ...transport,
    async exec(command, options): Promise<ScpExecChannel> {
      const channel = await transport.exec(command, options);
      const tap = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          said.push(chunk.slice());
          controller.enqueue(chunk);
        },
      });
      return {
        readable: channel.readable.pipeThrough(tap),
        writable: channel.writable,
        stderr: channel.stderr,
        closed: channel.closed,
        close: () => channel.close(),
        [Symbol.asyncDispose]: () => channel.close(),
      };
    },
  };
  await run(recorder);
  return said;
}

/** Runs a client against a peer that says what was recorded, at once, whatever it hears. */
async function play(
  said: readonly Uint8Array[],
  { client, server, ...command }: WiredCommand,
  run: (transport: ScpTransport) => Promise<unknown>,
  isSource: boolean,
): ReturnType<FaultSession["run"]> {
  const over = new AbortController();
  const playing = recite(server, joinBytes(said), isSource, over.signal);
  const outcome = await run({ exec: async () => client }).then(
    () => ({ error: undefined, failed: false }),
    (error: unknown) => ({ error, failed: true }),
  );
  over.abort();
  await client.close();
  await playing;
  return { ...outcome, served: [], commands: [{ client, server, ...command }] };
}

/** A source ends when it has said all, a sink when its input ends. */
async function recite(
  channel: ScpSessionChannel,
  bytes: Uint8Array,
  isSource: boolean,
  signal: AbortSignal,
): Promise<void> {
  const listening = channel.readable.pipeTo(new WritableStream(), { signal }).catch(() => {});
  const writer = channel.writable.getWriter();
  writer.closed.catch(() => {});
  writer.write(bytes).catch(() => {});
  if (!isSource) await listening;
  writer.close().catch(() => {});
  await channel.exit(0);
  await listening;
}
