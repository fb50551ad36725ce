import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { ScpExecChannel, ScpExit, ScpTransport } from "@scpkit/core";

/** Options of {@link localTransport}. */
export interface LocalTransportOptions {
  /** Runs commands as this user, through setpriv(1). */
  readonly uid?: number | undefined;
  /** What the transport says of its peer. */
  readonly peerIdentification?: string | undefined;
  /** Told of every command that was started. */
  readonly onSpawn?: ((child: ChildProcessWithoutNullStreams, command: string) => void) | undefined;
  readonly cwd?: string | undefined;
}

/** Runs commands in a shell of this machine, over pipes: a transport to real peers without SSH between. */
export function localTransport(options: LocalTransportOptions = {}): ScpTransport {
  const { uid, peerIdentification, onSpawn, cwd } = options;
  const user = uid === undefined ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  return {
    peerIdentification,
    async exec(command, { signal } = {}) {
      signal?.throwIfAborted();
      // So that a signal reaches scp and not only the shell.
      const line = command.startsWith("scp ") ? `exec ${command}` : command;
      const [program = "sh", ...words] = [...user, "sh", "-c", line];
      const child = spawn(program, words, { cwd, stdio: ["pipe", "pipe", "pipe"] });
      onSpawn?.(child, command);
      return execChannel(child);
    },
  };
}

function execChannel(child: ChildProcessWithoutNullStreams): ScpExecChannel {
  const closed = new Promise<ScpExit>((resolve) => {
    child.once("close", (code, signal) => resolve(code === null ? { signal: signal?.replace("SIG", "") } : { code }));
    child.once("error", () => resolve({}));
  });
  const close = async (): Promise<void> => {
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
    child.kill("SIGTERM");
    await closed;
  };
  return {
    readable: fromNode(child.stdout),
    writable: toNode(child.stdin),
    stderr: fromNode(child.stderr),
    closed,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function fromNode(stream: NodeJS.ReadableStream): ReadableStream<Uint8Array> {
  let cancelled = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stream.on("data", (chunk: Uint8Array) => {
          if (cancelled) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) stream.pause();
        });
        stream.once("close", () => !cancelled && controller.close());
        stream.on("error", () => {});
      },
      pull() {
        stream.resume();
      },
      cancel() {
        cancelled = true;
        stream.resume();
      },
    },
    { highWaterMark: 256 * 1024, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 },
  );
}

function toNode(stream: ChildProcessWithoutNullStreams["stdin"]): WritableStream<Uint8Array> {
  const gone = new Promise<never>((_, reject) => {
    stream.on("error", reject);
    stream.once("close", () => reject(new Error("The command no longer reads")));
  });
  gone.catch(() => {});
  return new WritableStream<Uint8Array>(
    {
      start(controller) {
        gone.catch((error: unknown) => controller.error(error));
      },
      write(chunk) {
        const written = new Promise<void>((resolve, reject) => {
          stream.write(chunk, (error) => (error ? reject(error) : resolve()));
        });
        return Promise.race([written, gone]);
      },
      close() {
        const ended = new Promise<void>((resolve) => stream.end(() => resolve()));
        return Promise.race([ended, gone]);
      },
      abort() {
        stream.destroy();
      },
    },
    { highWaterMark: 256 * 1024, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 },
  );
}
