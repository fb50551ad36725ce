import type { ScpExit, ScpSessionChannel } from "@scpkit/channel";
import { readPipe } from "./read-pipe.ts";
import { writePipe } from "./write-pipe.ts";

/**
 * This process as the remote command of an SSH session: what `scp -t` and `scp -f` are to sshd. Takes over the standard streams.
 *
 * `exit(code)` waits until everything was written, sets `process.exitCode` and lets go of standard input, so that the process ends by
 * itself. A client that no longer reads settles `closed`.
 */
export function createStdioChannel(): ScpSessionChannel {
  let settle: (exit: ScpExit) => void = () => {};
  const closed = new Promise<ScpExit>((resolve) => {
    settle = resolve;
  });
  process.stdout.once("error", () => settle({}));
  process.stderr.on("error", () => {});
  const readable = readPipe(process.stdin, () => {});
  const writable = writePipe(process.stdout, { end: false });
  const stderr = writePipe(process.stderr, { end: false });
  let exiting: Promise<void> | undefined;
  const exit = (code: number): Promise<void> => {
    exiting ??= (async () => {
      process.exitCode = code;
      await Promise.all([drained(process.stdout), drained(process.stderr)]);
      process.stdin.destroy();
      settle({ code });
    })();
    return exiting;
  };
  return { readable, writable, stderr, closed, exit };
}

/** Resolves when what was written so far has left, or never will. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write("", () => resolve());
  });
}
