import { ScpError, ScpLimitError, ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { ScpConnectionError, ScpIncompleteError } from "@scpkit/core";
import { createLedger, type Ledger } from "./ledger.ts";
import { type FaultOutcome, type FaultSession, stallMs } from "./sessions.ts";
import type { WireDirection, WireFault } from "./wire.ts";

/** Sessions under way at a time: most of them wait for their stall limit. */
const atATime = 128;

/** No session may take longer: the stall limits of both ends one after the other, and the times that peers are given to end. */
const patienceMs = 20 * stallMs;

/** What a sweep found. */
export interface SweepResult {
  /** What was tried, by kind of fault. */
  readonly tried: ReadonlyMap<WireFault["kind"], number>;
  /** Whatever must not be, with the fault that shows it. */
  readonly problems: readonly string[];
  /** Every error class and code that clients were given, and how often. */
  readonly errors: ReadonlyMap<string, number>;
}

/** Every fault of `kinds` at every offset of a session, and every byte of it changed. */
export async function sweep(session: FaultSession, kinds: readonly WireFault["kind"][]): Promise<SweepResult> {
  const tried = new Map<WireFault["kind"], number>();
  const errors = new Map<string, number>();
  const problems: string[] = [];
  const { faults, problem } = await everyFault(session, kinds);
  if (problem !== undefined) problems.push(problem);
  const work = faults.values();
  const worker = async (): Promise<void> => {
    for (const [fault, wire] of work) {
      tried.set(fault.kind, (tried.get(fault.kind) ?? 0) + 1);
      const ledger = createLedger();
      const found = await within(session.run(ledger.target, fault, wire));
      if (found === undefined) {
        problems.push(`${show(fault, wire)}: it did not end`);
        continue;
      }
      if (found.failed) count(errors, errorKind(found.error));
      for (const each of judge(session, fault, found, ledger)) problems.push(`${show(fault, wire)}: ${each}`);
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return { tried, problems, errors };
}

/** Class and code, as an error is told apart by a program. */
export function errorKind(error: unknown): string {
  return error instanceof ScpError ? `${error.name}: ${error.code}` : `foreign: ${String(error)}`;
}

async function everyFault(
  session: FaultSession,
  kinds: readonly WireFault["kind"][],
): Promise<{ readonly faults: [WireFault, number][]; readonly problem: string | undefined }> {
  const ledger = createLedger();
  const whole = await within(session.run(ledger.target));
  const faults: [WireFault, number][] = [];
  if (whole === undefined || whole.failed) {
    return { faults, problem: `without a fault it fails: ${String(whole?.error)}` };
  }
  const problem = judge(session, undefined, whole, ledger)[0];
  for (let wire = 0; wire < session.wires; wire += 1) {
    for (const direction of ["up", "down"] satisfies WireDirection[]) {
      const chunks = whole.commands[wire]?.said[direction] ?? [];
      const length = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
      for (const kind of kinds) {
        if (kind !== "changed") {
          for (const offset of offsets(length + 1)) faults.push([{ kind, direction, offset }, wire]);
          continue;
        }
        for (const offset of offsets(length)) {
          // One bit, which turns digits into digits and letters into letters; and all of them. Where there are several wires, in turns.
          const flips = session.wires === 1 ? [0x01, 0xff] : [offset % 2 === 0 ? 0x01 : 0xff];
          for (const bits of flips) faults.push([{ kind, direction, offset, bits }, wire]);
        }
      }
    }
  }
  return { faults, problem };
}

/** All of them, up to where only replies are that nobody is waiting for: window mode sends 4096 ahead. */
function offsets(length: number): number[] {
  const all = Array.from({ length }, (_, offset) => offset);
  return length < 4096 ? all : all.filter((offset) => offset < 64 || offset % 512 === 511 || offset >= length - 2);
}

function judge(session: FaultSession, fault: WireFault | undefined, found: FaultOutcome, ledger: Ledger): string[] {
  const problems = ledger.problems();
  const { error, failed } = found;
  if (failed && !isOurs(error)) problems.push(`it was told ${String(error)}`);
  for (const served of found.served) {
    if (served.handled && served.error !== undefined && !isOurs(served.error))
      problems.push(`its server was told ${String(served.error)}`);
  }
  if (fault?.kind === "changed") return problems;
  for (const [path, body] of ledger.committed) {
    const expected = session.expected.get(path);
    if (expected === undefined || !equal(expected, body))
      problems.push(`it stored ${path} with ${body.byteLength} bytes`);
  }
  if (!failed && ledger.committed.size !== session.expected.size) {
    problems.push(`it was told that all is well, with ${[...ledger.committed.keys()].join(" ")}`);
  }
  return problems;
}

function isOurs(error: unknown): boolean {
  return [ScpProtocolError, ScpPeerError, ScpLimitError, ScpIncompleteError, ScpConnectionError].some(
    (kind) => error instanceof kind,
  );
}

async function within<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patienceMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function show({ kind, direction, offset, bits }: WireFault, wire: number): string {
  return `${kind} ${direction} ${offset}${bits === undefined ? "" : ` xor ${bits}`} on wire ${wire}`;
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}
