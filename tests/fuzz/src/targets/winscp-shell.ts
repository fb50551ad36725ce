// What a client types into the shell that WinSCP uses: command lines, and uploads between them.
import { ok, strictEqual } from "node:assert/strict";
import type { ScpExit, ScpSessionChannel } from "@scpkit/core";
import { type ScpShellFiles, serveWinscpShell } from "@scpkit/server/winscp";
import type { ScpTarget } from "@scpkit/sink";
import { fromLatin1, toLatin1 } from "../input/bytes.ts";
import { someChunks } from "../input/chunkings.ts";
import { createScriptedChannel } from "../scripted-channel.ts";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  dictionary: [
    'echo "WinSCP: this is end-of-file:$status"\n',
    "unset LANG ; ",
    'cd "/a"',
    "ls -la ",
    "ls -la -d --full-time ",
    'mkdir "d"',
    'rm -f -r "',
    "mv -f /a/b /c",
    "chmod 0644 ",
    "pwd",
    "scp -r -p -d -t /a\n",
    "C0644 3 x\nabc\0",
    "D0755 0 d\n",
    "E\n",
    "scp -r -p -d -f /a/b\n",
    "$?",
    "../..",
    "//",
    "exit\n",
  ],
  maxBytes: 200,
  *seeds() {
    const lines = [
      'echo "begin"; pwd; echo "end:$?"\ncd "/a" ; ls -la --full-time\nexit\n',
      'mkdir "new dir"\nrm -f -r "/a/b"\nmv -f a c\nchmod 0755 "/c"\ngroups\nexit\n',
      'scp -r -p -d -t "/a" ; echo "done:$?"\nT1 0 1 0\nC0644 3 x\nabc\0E\nexit\n',
      "scp -r -p -d -f '/a/b' ; echo $?\n\0\0\0\0exit\n",
    ];
    for (const line of lines) yield fromLatin1(line);
  },
  async run(input) {
    const whole = await serve([input]);
    const cut = await serve(someChunks(input));
    // A client waits for the end of a transfer before it types on; what comes with it in one piece is taken for a part
    // of it.
    if (/s.?c.?p/s.test(toLatin1(input))) return;
    strictEqual(cut.exitCode, whole.exitCode, "Chunk boundaries change the exit status");
    // What is on its way when a session breaks off is dropped.
    if (whole.exitCode === 0) strictEqual(cut.output, whole.output, "Chunk boundaries change what is answered");
  },
};

async function serve(
  chunks: readonly Uint8Array[],
): Promise<{ readonly exitCode: number | undefined; readonly output: string }> {
  const channel = createScriptedChannel(chunks);
  const sink = new CountingTarget();
  let exitCode: number | undefined;
  let end: (exit: ScpExit) => void = () => {};
  const session: ScpSessionChannel = {
    ...channel,
    stderr: new WritableStream(),
    closed: new Promise((resolve) => {
      end = resolve;
    }),
    async exit(code) {
      strictEqual(exitCode, undefined, "Two exit statuses");
      exitCode = code;
      end({ code });
    },
  };
  const outcome = await serveWinscpShell(session, {
    files: () => files,
    target: (_, path) => {
      checkPath(path);
      return sink.target;
    },
    entries: (_, path) => {
      checkPath(path);
      return [{ type: "file", name: "b", mode: 0o644, size: 5, open: () => fromLatin1("hello") }];
    },
  });
  strictEqual(outcome.exitCode, exitCode, "Another exit status was sent than is told");
  strictEqual(sink.open, 0, "A file was neither closed nor aborted");
  return { exitCode, output: toLatin1(await channel.written()) };
}

/** Says that everything is there and can be changed, and looks at what it is asked for. */
const files: ScpShellFiles = {
  stat(path) {
    checkPath(path);
    return { type: path.endsWith("b") ? "file" : "directory", name: "n", mode: 0o755, size: 1, mtimeMs: 0 };
  },
  list(path) {
    checkPath(path);
    return [{ type: "file", name: "b", mode: 0o644, size: 5, mtimeMs: 0 }];
  },
  makeDirectory: checkPath,
  remove: checkChanged,
  rename(from, to) {
    checkChanged(from);
    checkChanged(to);
  },
  setMode(path, mode) {
    checkPath(path);
    ok(Number.isInteger(mode) && mode >= 0 && mode <= 0o7777, `The mode ${mode}`);
  },
};

/** The promise of `ScpShellFiles`: absolute, nothing that leads away, nothing doubled. */
function checkPath(path: string): void {
  ok(path.startsWith("/") && !path.includes("\0"), `The path ${JSON.stringify(path)}`);
  const parts = path.slice(1).split("/");
  ok(path === "/" || !parts.some((part) => part === "" || part === "." || part === ".."), JSON.stringify(path));
}

function checkChanged(path: string): void {
  checkPath(path);
  ok(path !== "/", "The root itself is to be changed");
}

class CountingTarget {
  open = 0;

  readonly target: ScpTarget = {
    file: () => {
      this.open += 1;
      const settle = (): void => {
        this.open -= 1;
      };
      return new WritableStream<Uint8Array>({ close: settle, abort: settle });
    },
    directory: () => this.target,
  };
}
