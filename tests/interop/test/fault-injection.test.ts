import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { faultyEntries, faultyTarget, faultyTransport, ScpFault, type ScpFaultOptions } from "@scpkit/conformance";
import { type ScpTransport, summaryOf } from "@scpkit/core";
import { relay } from "@scpkit/relay";
import { type ScpServeOutcome, serveCommand } from "@scpkit/server";
import { download, type ScpTarget } from "@scpkit/sink";
import { type ScpEntries, upload } from "@scpkit/source";
import { createLedger, type Ledger } from "../src/faults/ledger.ts";
import { limits, tree } from "../src/faults/sessions.ts";
import { errorKind } from "../src/faults/sweep.ts";
import { createWiredCommand } from "../src/faults/wire.ts";

/** What one run is made of; each part may be one that fails. */
interface Parts {
  readonly target: ScpTarget;
  readonly entries: (signal?: AbortSignal) => ScpEntries;
  /** Wraps what leads to the server that sends, and to the one that receives. */
  readonly transport: (transport: ScpTransport) => ScpTransport;
  readonly signal: AbortSignal;
}

interface Run {
  readonly error: unknown;
  readonly served: readonly ScpServeOutcome[];
}

type Session = (parts: Parts) => Promise<Run>;

const common = { recursive: true, preserve: true, limits };

async function play(
  { target, entries, transport: wrap }: Parts,
  run: (transport: () => ScpTransport) => Promise<unknown>,
): Promise<Run> {
  const serving: Promise<ScpServeOutcome>[] = [];
  const transport = (): ScpTransport =>
    wrap({
      async exec(command) {
        const { client, server } = createWiredCommand();
        serving.push(serveCommand(command, server, { target: () => target, entries: () => entries(), limits }));
        return client;
      },
    });
  const error = await run(transport).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, served: await Promise.all(serving) };
}

const sessions: Readonly<Record<string, Session>> = {
  upload: (parts) =>
    play(parts, (transport) =>
      upload(transport(), "d", parts.entries(parts.signal), { ...common, signal: parts.signal, answersOnce: true }),
    ),
  "upload in 3 lanes": (parts) =>
    play(parts, (transport) =>
      upload(transport(), "d", parts.entries(parts.signal), { ...common, signal: parts.signal, parallel: 3 }),
    ),
  ...Object.fromEntries(
    (["lockstep", "overlapped", "pipelined"] as const).map((replies): [string, Session] => [
      `download, ${replies}`,
      (parts) =>
        play(parts, (transport) =>
          download(transport(), "d", parts.target, { ...common, signal: parts.signal, replies }),
        ),
    ]),
  ),
  relay: (parts) =>
    play(parts, (transport) =>
      relay(
        { transport: transport(), path: "d" },
        { transport: transport(), path: "d" },
        { ...common, signal: parts.signal },
      ),
    ),
};

type Part = "target" | "entries" | "transport";

async function runWith(session: Session, part: Part, options: ScpFaultOptions, abortMs = 0) {
  const ledger = createLedger();
  const fault = new ScpFault(options);
  const abort = new AbortController();
  const reason = new Error("The user has had enough");
  const timer = abortMs > 0 ? setTimeout(() => abort.abort(reason), abortMs) : undefined;
  const run = await session({
    target: part === "target" ? faultyTarget(ledger.target, fault) : ledger.target,
    entries: (signal) => (part === "entries" ? faultyEntries(tree(), fault, signal) : tree()),
    transport: (transport) => (part === "transport" ? faultyTransport(transport, fault) : transport),
    signal: abort.signal,
  });
  clearTimeout(timer);
  return { ...run, fault, ledger, reason };
}

const all = ["d/one", "d/sub/two", "d/sub/empty", "d/sub/", "d/"];

/** Paths that stay away when a call of this name fails at `path`; a directory takes what is in it with it. */
function missing({ committed }: Ledger): string[] {
  return all.filter((path) => !committed.has(path));
}

let injected = 0;
after(() => {
  process.stdout.write(`faults injected ${injected}\n`);
});

describe("the n-th call fails, for every n", () => {
  for (const [name, session] of Object.entries(sessions)) {
    for (const part of ["target", "entries", "transport"] as const) {
      it(`${name}: of the ${part}`, async () => {
        const dry = await runWith(session, part, {});
        assert.equal(dry.error, undefined);
        const { length } = dry.fault.calls;
        assert.ok(length > 5);
        for (let at = 1; at <= length; at += 1) {
          const { error, fault, ledger, served } = await runWith(session, part, { at });
          // Lanes do not always make the same number of calls.
          if (!fault.struck) continue;
          injected += 1;
          const call = fault.calls[at - 1] ?? "";
          const what = `call ${at}, ${call}: ${errorKind(error)}`;
          assert.deepEqual(ledger.problems(), [], what);
          if (part === "transport") {
            const over = ledger.committed.size === all.length;
            assert.ok(error !== undefined || over, what);
            continue;
          }
          // One failure, in one entry: all others arrive.
          assert.ok(summaryOf(error) !== undefined || isTold(served), what);
          const away = missing(ledger).filter((path) => path !== "d/sub/" && path !== "d/");
          if (part === "target" && (call === "file" || call === "write" || call === "close")) {
            assert.equal(away.length, 1, `${what}: ${away}`);
          } else if (call === "leave") {
            // Several lanes leave a directory; it is whole when the last one could.
            const lost = missing(ledger).length;
            assert.ok(name.includes("lanes") ? lost <= 1 : lost === 1, `${what}: ${missing(ledger)}`);
          } else if (call === "open" || call === "read") {
            assert.ok(away.length <= 1, `${what}: ${away}`);
          }
        }
      });
    }
  }
});

function isTold(served: readonly ScpServeOutcome[]): boolean {
  return served.some((outcome) => outcome.handled && outcome.exitCode === 1);
}

describe("the n-th call never comes back, for every n", () => {
  for (const [name, session] of Object.entries(sessions)) {
    for (const part of ["target", "entries", "transport"] as const) {
      it(`${name}: of the ${part}`, async () => {
        const { length } = (await runWith(session, part, {})).fault.calls;
        const runs = Array.from({ length }, (_, index) => runWith(session, part, { at: index + 1, how: "stall" }, 300));
        for (const { error, fault, ledger } of await Promise.all(runs)) {
          if (!fault.struck) continue;
          injected += 1;
          const what = `${fault.calls.at(-1)} as call ${fault.calls.length}: ${errorKind(error)}`;
          assert.deepEqual(ledger.problems(), [], what);
          assert.ok(error !== undefined || ledger.committed.size === all.length, what);
        }
      });
    }
  }
});

describe("everything is slow, and cut into pieces", () => {
  for (const [name, session] of Object.entries(sessions)) {
    it(name, async () => {
      for (const part of ["target", "entries", "transport"] as const) {
        const { error, ledger } = await runWith(session, part, { how: "slow" });
        assert.equal(error, undefined);
        assert.deepEqual(missing(ledger), []);
      }
      const fault = new ScpFault();
      const ledger = createLedger();
      const { error } = await session({
        target: ledger.target,
        entries: () => tree(),
        transport: (transport) => faultyTransport(transport, fault, { pieceBytes: 1 }),
        signal: new AbortController().signal,
      });
      assert.equal(error, undefined);
      assert.deepEqual(missing(ledger), []);
      assert.deepEqual(ledger.problems(), []);
    });
  }
});

it("a lane whose command ends badly does not take from another what it is still sending", async () => {
  const ledger = createLedger();
  let closes = 0;
  const bad: ScpTarget = {
    ...ledger.target,
    async directory(entry, context) {
      const inner = await ledger.target.directory?.(entry, context);
      assert.ok(inner !== undefined);
      return {
        ...inner,
        async close() {
          closes += 1;
          await inner.close?.();
          if (closes === 1) throw new Error("The first one to leave is told that its times cannot be set");
        },
      };
    },
  };
  const slow = new ReadableStream<Uint8Array>({
    async pull(controller) {
      // Until the other lane has left, and its command has had time to end.
      for (let turn = 0; turn < 50 || (closes === 0 && turn < 200); turn += 1)
        await new Promise((r) => setTimeout(r, 2));
      controller.enqueue(new Uint8Array(5));
      controller.close();
    },
  });
  const children = [
    { type: "file", name: "slow", mode: 0o644, size: 5, open: () => slow },
    { type: "file", name: "quick", mode: 0o644, size: 1, open: () => new Uint8Array(1) },
  ] as const;
  const d = { type: "directory", name: "d", mode: 0o755, entries: () => children } as const;
  const { error } = await play(
    { target: bad, entries: () => [], transport: (transport) => transport, signal: new AbortController().signal },
    (transport) => upload(transport(), "x", [d], { limits: { stallMs: 5_000 }, parallel: 2 }),
  );
  assert.equal(errorKind(error), "ScpConnectionError: command-failed");
  assert.deepEqual([...ledger.committed.keys()].sort(), ["d/", "d/quick", "d/slow"]);
});
