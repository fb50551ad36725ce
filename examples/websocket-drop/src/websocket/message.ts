// What goes over the WebSocket. One WebSocket carries one command, as one SSH channel does.
//
//   client                                   server
//   text   {"type":"exec","command":"scp -t ."}  ->
//   text   {"type":"credit","bytes":1048576}  <->    "so many more bytes you may send me"
//   binary the bytes of the channel           <->    never more than was granted
//   text   {"type":"end"}                     <->    "you have had all my bytes": half-close
//   text   {"type":"stderr","text":"..."}     <-
//   text   {"type":"exit","code":0}           <-     then the server closes the WebSocket
//
// A WebSocket that closes before `exit` was sent is a lost connection, however politely it was closed.

/** A control message; bytes travel as binary messages. */
export type LinkMessage =
  | { readonly type: "exec"; readonly command: string }
  | { readonly type: "credit"; readonly bytes: number }
  | { readonly type: "end" }
  | { readonly type: "stderr"; readonly text: string }
  | { readonly type: "exit"; readonly code: number };

/** Bytes a side may send before the other has read any: what one direction of one command can hold in memory. */
export const windowBytes = 1024 * 1024;

/** The longest binary message. */
export const maxMessageBytes = 256 * 1024;

/** @returns the message, or `undefined` when the text is none */
export function parseMessage(text: string): LinkMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { type, command, bytes, text: words, code } = value as Record<string, unknown>;
  if (type === "end") return { type };
  if (type === "exec" && typeof command === "string") return { type, command };
  if (type === "stderr" && typeof words === "string") return { type, text: words };
  if (type === "credit" && isCount(bytes)) return { type, bytes };
  if (type === "exit" && isCount(code) && code <= 255) return { type, code };
  return undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
