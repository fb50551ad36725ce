import { ScpConnectionError, type ScpExecChannel, type ScpExit, type ScpTransport, TailStream } from "@scpkit/core";
import { type WebSocketLike, WebSocketLink } from "./link.ts";

/** Bytes of standard error kept while nobody reads it. */
const stderrBytes = 64 * 1024;

/**
 * A transport whose commands run on the server, each over a WebSocket of its own.
 *
 * @param open makes a new WebSocket to the server: `() => new WebSocket(url)`
 */
export function createWebSocketTransport(open: () => WebSocketLike): ScpTransport {
  return { exec: (command, { signal } = {}) => exec(open(), command, signal) };
}

async function exec(socket: WebSocketLike, command: string, signal: AbortSignal | undefined): Promise<ScpExecChannel> {
  const stderr = new TailStream(stderrBytes);
  let exit: ScpExit = {};
  let onGone = (): void => {};
  const closed = new Promise<ScpExit>((resolve) => {
    onGone = () => {
      signal?.removeEventListener("abort", onAbort);
      stderr.end();
      resolve(exit);
    };
  });
  const link = new WebSocketLink(socket, {
    onMessage(message) {
      if (message.type === "stderr") stderr.push(new TextEncoder().encode(message.text));
      if (message.type !== "exit") return;
      exit = { code: message.code };
      link.conclude();
    },
    onGone: () => onGone(),
  });
  const onAbort = (): void => link.stop(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  const isOpen = await Promise.race([
    new Promise<true>((resolve) => socket.addEventListener("open", () => resolve(true))),
    closed.then(() => false),
  ]);
  signal?.throwIfAborted();
  if (!isOpen) {
    const hint = "Check that the server runs and that this page came from it";
    throw new ScpConnectionError("unreachable", "The WebSocket could not be opened", hint);
  }
  link.send({ type: "exec", command });
  link.start();
  const close = async (): Promise<void> => {
    link.stop(new DOMException("This side closed the channel", "AbortError"));
    await closed;
  };
  const { readable, writable } = link;
  return { readable, writable, stderr: stderr.readable, closed, close, [Symbol.asyncDispose]: close };
}
