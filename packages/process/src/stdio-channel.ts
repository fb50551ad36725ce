import process from "node:process";
import type { ScpExit, ScpSessionChannel } from "@scpkit/channel";
import { readPipe } from "./read-pipe.ts";
import { writePipe } from "./write-pipe.ts";

/**
 * This process as the remote command of an SSH session: what `scp -t` and `scp -f` are to sshd. Takes over the standard
 * streams; call it once.
 *
 * `exit(code)` waits until everything was written, sets `process.exitCode` and lets go of standard input, so that the
 * process ends by itself. A client that no longer reads settles `closed`. On Deno standard output is written
 * synchronously: a client that does not read stops the process until it does.
 */
export function createStdioChannel(): ScpSessionChannel {
  let settle: (exit: ScpExit) => void = () => {};
  const closed = new Promise<ScpExit>((resolve) => {
    settle = resolve;
  });
  // A server that wants no more input may still have answers and a status to give.
  const input = readPipe(process.stdin, () => {});
  const output = writePipe(process.stdout, { end: false, onAbort: () => settle({}) });
  const errors = writePipe(process.stderr, { end: false, onAbort: () => {} });
  process.stdout.once("error", () => settle({}));

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
