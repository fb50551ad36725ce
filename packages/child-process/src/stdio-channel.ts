import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import process from "node:process";
import type { Writable } from "node:stream";
import type { ScpExit, ScpSessionChannel } from "@scpkit/core";
import { readPipe } from "./read-pipe.ts";
import { writePipe } from "./write-pipe.ts";

/**
 * Makes this process the remote command of an SSH session, as `scp -t` and `scp -f` are for sshd. It uses the standard
 * streams; call it once.
 *
 * `exit(code)` waits until everything was written, sets `process.exitCode` and releases standard input, so that the
 * process ends by itself. `closed` resolves when the client closes its end. A client that keeps its end open and does
 * not read blocks `exit`: end the process with `process.exit` to stop waiting.
 */
export function createStdioChannel(): ScpSessionChannel {
  let settle: (exit: ScpExit) => void = () => {};
  const closed = new Promise<ScpExit>((resolve) => {
    settle = resolve;
  });
  // A server that stops reading may still have to send replies and a status.
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
 * event loop, and with it every signal handler. On Deno, a pipe or a socket is therefore written as a socket.
 */
function standardOutput(): Writable {
  if (!("Deno" in globalThis)) return process.stdout;
  const stats = fstatSync(1);
  if (!stats.isFIFO() && !stats.isSocket()) return process.stdout;
  return new Socket({ fd: 1, readable: false, writable: true });
}
