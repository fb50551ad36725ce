import type { ScpExit, ScpSessionChannel } from "@scpkit/core";
import { type WebSocketLike, WebSocketLink } from "./link.ts";

/** What a client asked for over one WebSocket. */
export interface WebSocketSession {
  readonly command: string;
  readonly channel: ScpSessionChannel;
}

/**
 * Takes a WebSocket that a client has just opened.
 *
 * @param onSession called once, when the client has said what it wants; not at all when it leaves before
 */
export function acceptSession(socket: WebSocketLike, onSession: (session: WebSocketSession) => void): void {
  let onClosed: (exit: ScpExit) => void = () => {};
  const closed = new Promise<ScpExit>((resolve) => {
    onClosed = resolve;
  });
  let asked = false;
  let exiting: Promise<void> | undefined;
  const link = new WebSocketLink(socket, {
    onMessage(message) {
      if (message.type !== "exec" || asked) return link.stop(new Error(`Unexpected ${message.type} message`));
      asked = true;
      onSession({ command: message.command, channel });
    },
    onGone: () => onClosed({}),
  });
  const decoder = new TextDecoder();
  const channel: ScpSessionChannel = {
    readable: link.readable,
    writable: link.writable,
    stderr: new WritableStream({
      write: (chunk) => link.send({ type: "stderr", text: decoder.decode(chunk, { stream: true }) }),
    }),
    closed,
    exit(code) {
      exiting ??= sendExit(code);
      return exiting;
    },
  };
  link.start();

  async function sendExit(code: number): Promise<void> {
    await link.idle();
    link.send({ type: "exit", code });
    onClosed({ code });
    link.close();
  }
}
