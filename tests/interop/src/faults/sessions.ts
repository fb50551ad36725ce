import { type ScpLimits, type ScpTransport, serverLimits } from "@scpkit/core";
import { relay } from "@scpkit/relay";
import { type ScpServeOutcome, serveCommand } from "@scpkit/server";
import { download, type ScpReplyMode, type ScpTarget } from "@scpkit/sink";
import { type ScpEntry, upload } from "@scpkit/source";
import { createWiredCommand, type WiredCommand, type WireFault } from "./wire.ts";

/** What a sweep runs over and over. */
export interface FaultSession {
  readonly name: string;
  /** How many wires it has: one, one for each lane, or the two of a relay. */
  readonly wires: number;
  /** Paths that have to arrive, bodies with them; directories end with a slash. */
  readonly expected: ReadonlyMap<string, Uint8Array>;
  /** Everything that is received goes into `target`. `fault` strikes the wire with that number. */
  run(target: ScpTarget, fault?: WireFault, wire?: number): Promise<FaultOutcome>;
}

/** How a session ended. */
export interface FaultOutcome {
  /** `undefined`: the client was told that all is well. */
  readonly error: unknown;
  readonly failed: boolean;
  /** What its servers made of it. */
  readonly served: readonly ScpServeOutcome[];
  readonly commands: readonly WiredCommand[];
}

/** Long enough for a session that goes well on a machine that is busy, short enough to wait for thousands. */
export const stallMs = 400;

/** Of every client and server of a sweep. */
export const limits: Partial<ScpLimits> = { stallMs, firstByteMs: stallMs };

/** What is in the files of {@link tree}, by path. */
export const bodies: Readonly<Record<string, string>> = { one: "1", "sub/two": "hello, world", "sub/empty": "" };
const times = { mtimeMs: 1_234_567_890_000, atimeMs: 1_000_000_000_000 };

function file(name: string, path: string): ScpEntry {
  const bytes = new TextEncoder().encode(bodies[path]);
  return { type: "file", name, mode: 0o644, size: bytes.byteLength, times, open: () => bytes };
}

/** A directory `d` with all that a sweep wants of a tree. */
export function tree(): ScpEntry[] {
  const sub = [file("two", "sub/two"), file("empty", "sub/empty")];
  const entries = [
    file("one", "one"),
    { type: "directory", name: "sub", mode: 0o755, times, entries: () => sub } as const,
  ];
  return [{ type: "directory", name: "d", mode: 0o755, times, entries: () => entries }];
}

function single(): ScpEntry[] {
  return [{ ...file("f", "sub/two") }];
}

const treeExpected = new Map<string, Uint8Array>([
  ...Object.entries(bodies).map(([path, text]) => [`d/${path}`, new TextEncoder().encode(text)] as const),
  ["d/sub/", new Uint8Array()],
  ["d/", new Uint8Array()],
]);
const singleExpected = new Map([["f", new TextEncoder().encode(bodies["sub/two"])]]);

/** Every kind of session that is swept. */
export function faultSessions(): FaultSession[] {
  const sessions: FaultSession[] = [];
  const all: readonly ScpReplyMode[] = ["lockstep", "overlapped", "pipelined"];
  for (const [what, recursive, preserve, modes] of [
    ["a file", false, false, all],
    ["a tree", true, false, ["overlapped"]],
    ["a tree with -p", true, true, all],
  ] as const) {
    const entries = recursive ? tree : single;
    const expected = recursive ? treeExpected : singleExpected;
    const path = recursive ? "d" : "f";
    const common = { recursive, preserve, limits };
    for (const [how, batch] of [
      ["in batches", true],
      ["record by record", false],
    ] as const) {
      if (!batch && !preserve) continue;
      sessions.push({
        name: `upload of ${what}, ${how}`,
        wires: 1,
        expected,
        run: (target, fault) =>
          play(target, entries, fault, 0, 1, ([transport]) =>
            upload(transport, path, entries(), { ...common, batch, answersOnce: true }),
          ),
      });
    }
    for (const replies of modes) {
      sessions.push({
        name: `download of ${what}, ${replies}`,
        wires: 1,
        expected,
        run: (target, fault) =>
          play(target, entries, fault, 0, 1, ([transport]) =>
            download(transport, path, target, { ...common, replies }),
          ),
      });
    }
    if (recursive && !preserve) continue;
    sessions.push({
      name: `relay of ${what}`,
      wires: 2,
      expected,
      run: (target, fault, wire = 0) =>
        play(target, entries, fault, wire, 2, ([from, to]) =>
          relay({ transport: from, path }, { transport: to, path }, common),
        ),
    });
  }
  // A command that dies between the two looks like the end, were it not for its status.
  sessions.push({
    name: "download of two files",
    wires: 1,
    expected: new Map([...singleExpected, ["one", new TextEncoder().encode(bodies.one)]]),
    run: (target, fault) =>
      play(
        target,
        () => [file("one", "one"), ...single()],
        fault,
        0,
        1,
        ([transport]) => download(transport, "*", target, { limits, replies: "overlapped", acceptName: () => true }),
      ),
  });
  sessions.push({
    name: "upload of a tree with -p, in 3 lanes",
    wires: 3,
    expected: treeExpected,
    run: (target, fault, wire = 0) =>
      play(target, tree, fault, wire, 1, ([transport]) =>
        upload(transport, "d", tree(), { recursive: true, preserve: true, limits, parallel: 3 }),
      ),
  });
  return sessions;
}

/** Runs a client against servers in this process. Waits for all of them. */
async function play(
  target: ScpTarget,
  entries: () => ScpEntry[],
  fault: WireFault | undefined,
  wire: number,
  transports: 1 | 2,
  run: (transports: readonly [ScpTransport, ScpTransport]) => Promise<unknown>,
): Promise<FaultOutcome> {
  const commands: WiredCommand[] = [];
  const serving: Promise<ScpServeOutcome>[] = [];
  const transport = (number: number | undefined): ScpTransport => ({
    async exec(command) {
      const index = number ?? commands.length;
      const wired = createWiredCommand(index === wire ? fault : undefined);
      commands[index] = wired;
      const options = { target: () => target, entries: () => entries(), limits: { ...serverLimits, ...limits } };
      serving.push(serveCommand(command, wired.server, options));
      return wired.client;
    },
  });
  const outcome = await run(
    transports === 1 ? [transport(undefined), transport(undefined)] : [transport(0), transport(1)],
  ).then(
    () => ({ error: undefined, failed: false }),
    (error: unknown) => ({ error, failed: true }),
  );
  return { ...outcome, served: await Promise.all(serving), commands };
}
