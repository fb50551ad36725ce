import {
  ScpConnectionError,
  type ScpExecChannel,
  type ScpExit,
  type ScpSessionChannel,
  TailStream,
} from "@scpkit/core";
import { createPipe } from "./pipe.ts";

/** `up`: from the client to the server. */
export type WireDirection = "up" | "down";

/** What happens to a command's connection, once. */
export interface WireFault {
  /**
   * - `lost`: the connection breaks, for both
   * - `ended`: the command dies; its client sees the end of its output, and a signal
   * - `silent`: nothing passes any more, in neither direction, and nobody is told
   * - `changed`: one byte is another
   */
  readonly kind: "lost" | "ended" | "silent" | "changed";
  readonly direction: WireDirection;
  /** Bytes that have passed in that direction before it happens. */
  readonly offset: number;
  /** What is flipped in the byte, for `changed`. */
  readonly bits?: number | undefined;
}

/** A command in memory, as its client and its server see it, over a wire that can fail. */
export interface WiredCommand {
  readonly client: ScpExecChannel;
  readonly server: ScpSessionChannel;
  /** All that was said in each direction. */
  readonly said: Readonly<Record<WireDirection, Uint8Array[]>>;
  /** The fault has happened. */
  readonly struck: () => boolean;
}

/** Makes a command whose wire fails as `fault` says. */
export function createWiredCommand(fault?: WireFault): WiredCommand {
  const said: Record<WireDirection, Uint8Array[]> = { up: [], down: [] };
  const passed: Record<WireDirection, number> = { up: 0, down: 0 };
  const stderr = new TailStream(65_536);
  let struck = false;
  let dead = false;
  const client = settledOnce();
  const server = settledOnce();

  const strike = (): void => {
    if (fault === undefined || struck) return;
    struck = true;
    if (fault.kind === "lost") cut({});
    else if (fault.kind === "ended") cut({ signal: "KILL" });
    else if (fault.kind === "silent") dead = true;
  };
  const tap =
    (direction: WireDirection) =>
    (chunk: Uint8Array): { passes: Uint8Array; after(): void } => {
      said[direction].push(chunk.slice());
      const from = passed[direction];
      passed[direction] += chunk.byteLength;
      const nothing = { passes: chunk.subarray(0, dead ? 0 : chunk.byteLength), after() {} };
      if (fault === undefined || struck || fault.direction !== direction) return nothing;
      const at = fault.offset - from;
      if (fault.kind === "changed") {
        if (at >= chunk.byteLength) return nothing;
        struck = true;
        const changed = chunk.slice();
        changed[at] = (changed[at] ?? 0) ^ (fault.bits ?? 1);
        return { passes: changed, after() {} };
      }
      return at > chunk.byteLength ? nothing : { passes: chunk.subarray(0, at), after: strike };
    };
  const up = createPipe(tap("up"), () => dead, lost);
  const down = createPipe(tap("down"), () => dead, lost);

  /** Both ends notice. */
  const cut = (exit: ScpExit): void => {
    up.break(lost());
    if (exit.signal === undefined) down.break(lost());
    else down.end();
    stderr.end();
    client.settle(exit);
    server.settle({});
  };

  if (fault?.offset === 0 && fault.kind !== "changed") strike();
  const close = async (): Promise<void> => {
    if (!dead) {
      up.break(lost());
      down.break(lost());
      server.settle({});
    }
    stderr.end();
    client.settle({});
  };
  let exiting = false;
  return {
    said,
    struck: () => struck,
    client: {
      readable: down.readable,
      writable: up.writable,
      stderr: stderr.readable,
      closed: client.promise,
      close,
      [Symbol.asyncDispose]: close,
    },
    server: {
      readable: up.readable,
      writable: down.writable,
      stderr: new WritableStream<Uint8Array>({ write: (chunk) => stderr.push(chunk) }),
      closed: server.promise,
      async exit(code) {
        if (exiting) return;
        exiting = true;
        await down.drained();
        server.settle({ code });
        if (dead) return;
        up.break(lost());
        down.end();
        stderr.end();
        client.settle({ code });
      },
    },
  };
}

function lost(): ScpConnectionError {
  return new ScpConnectionError("lost", "The wire was cut", "Run the transfer again");
}

function settledOnce(): { readonly promise: Promise<ScpExit>; settle(exit: ScpExit): void } {
  let settle: (exit: ScpExit) => void = () => {};
  const promise = new Promise<ScpExit>((resolve) => {
    settle = resolve;
  });
  return { promise, settle: (exit) => settle(exit) };
}
