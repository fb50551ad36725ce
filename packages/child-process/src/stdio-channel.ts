import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import process from "node:process";
import type { Writable } from "node:stream";
import type { ScpExit, ScpSessionChannel } from "@scpkit/core";
import { readPipe } from "./read-pipe.ts";
import { writePipe } from "./write-pipe.ts";

/**
 * Makes this process the remote command of an SSH session: what `scp -t` and `scp -f` are to sshd. Takes over the
 * standard streams; call it once.
 *
 * `exit(code)` waits until everything was written, sets `process.exitCode` and lets go of standard input, so that the
 * process ends by itself. A client that closes its end settles `closed`. A client that keeps its end open and does not
 * read keeps `exit` waiting: end the process with `process.exit` to stop waiting.
 */
export function createStdioChannel(): ScpSessionChannel {
  let settle: (exit: ScpExit) => void = () => {};
  const closed = new Promise<ScpExit>((resolve) => {
    settle = resolve;
  });
  // A server that wants no more input may still have answers and a status to give.
  const input = readPipe(process.stdin, () => {});
  const stdout = standardOutput();
  const output = writePipe(stdout, { end: false, onAbort: () => settle({}) });
  const errors = writePipe(process.stderr, { end: false, onAbort: () => {} });
  stdout.once("error", () => settle({}));

  let exiting: Promise<void> | undefined;
  async function leave(code: number): Promise<void> {
    process.exitCode = code;
    await Promise.race([Promise.all([output.idle(), errors.idle()]), closed]);
    const over = new DOMException("The session has ended", "AbortError");
    input.stop(over);
    output.stop(over);
    errors.stop(over);
    settle({ code });
  }
  return {
    readable: input.stream,
    writable: output.stream,
    stderr: errors.stream,
    closed,
    exit(code: number): Promise<void> {
      exiting ??= leave(code);
      return exiting;
    },
  };
}

/**
 * Returns standard output. Deno writes `process.stdout` synchronously: a client that does not read would block the
 * event loop, and with it every signal handler. A pipe or a socket is therefore written as a socket there.
 */
function standardOutput(): Writable {
  if (!("Deno" in globalThis)) return process.stdout;
  const stats = fstatSync(1);
  if (!stats.isFIFO() && !stats.isSocket()) return process.stdout;
  return new Socket({ fd: 1, readable: false, writable: true });
}
