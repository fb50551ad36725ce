import { ScpConnectionError } from "@scpkit/core";
import { type LinkMessage, maxMessageBytes, parseMessage, windowBytes } from "./message.ts";

/** The part of a WebSocket that is used: a browser's own and that of `ws` both have it. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number }) => void): void;
  addEventListener(type: "open" | "error", listener: () => void): void;
}

/** `WebSocket.OPEN`, which not every implementation has on its instances. */
const openState = 1;

/** What a link tells the side that uses it. */
export interface WebSocketLinkEvents {
  /** A message that is neither bytes nor credit nor the end. */
  readonly onMessage: (message: LinkMessage) => void;
  /** The WebSocket is closed: nothing more happens. */
  readonly onGone: () => void;
}

/**
 * The two byte streams of one WebSocket, with what it lacks itself: backpressure for the reader, and an end of each direction by
 * itself.
 *
 * Backpressure is credit, not `bufferedAmount`: a browser takes messages off the network whether or not anybody reads them, so only
 * the reader can hold the sender back. What the reader has granted is also the most that can wait in `bufferedAmount`.
 */
export class WebSocketLink {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #socket: WebSocketLike;
  readonly #events: WebSocketLinkEvents;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Whether {@link readable} has been closed, errored or cancelled. */
  #inputSettled = false;
  /** Bytes the peer may still send. */
  #granted = 0;
  /** Bytes this side may still send. */
  #credit = 0;
  #wake: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined;
  #writeController: WritableStreamDefaultController | undefined;
  /** Chunks written and not yet handed to the socket. */
  #unsent = 0;
  readonly #idlers: (() => void)[] = [];
  /** Why nothing moves any more. */
  #failure: { readonly reason: unknown } | undefined;
  #peerIsDeaf = false;
  #started = false;

  constructor(socket: WebSocketLike, events: WebSocketLinkEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    // A close follows; only that tells.
    socket.addEventListener("error", () => {});
    socket.addEventListener("close", ({ code }) => {
      this.#fail(lostError(code));
      this.#events.onGone();
    });
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.#inputSettled = true;
        },
      },
      { highWaterMark: windowBytes, size: byteLength },
    );
    this.writable = new WritableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#writeController = controller;
          // The sink's own abort() would wait for a write that waits for credit.
          controller.signal.addEventListener("abort", () => this.stop(controller.signal.reason));
        },
        write: (chunk) => this.#write(chunk),
        close: () => this.send({ type: "end" }),
      },
      {
        highWaterMark: maxMessageBytes,
        // Called when a chunk is written, before it waits for its turn: the one place that sees it so early.
        size: (chunk) => {
          this.#unsent += 1;
          return byteLength(chunk);
        },
      },
    );
  }

  /** Allows the peer to send; to be called once the WebSocket is open. */
  start(): void {
    this.#started = true;
    this.#grant();
  }

  /** Sends a control message. It is dropped when the WebSocket is no longer open. */
  send(message: LinkMessage): void {
    this.#transmit(JSON.stringify(message));
  }

  /** Resolves when everything written to {@link writable} so far was handed to the socket, or never will be. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#unsent === 0 || this.#failure !== undefined) resolve();
      else this.#idlers.push(resolve);
    });
  }

  /** The peer takes no more bytes and sends none, and all is well: what it sent is still delivered, then comes the end. */
  conclude(): void {
    this.#peerIsDeaf = true;
    this.#wake?.reject(deafError());
    this.#endInput();
  }

  /** Gives the link up: both streams fail with `reason`, unread bytes are dropped, the peer sees the WebSocket closed. */
  stop(reason: unknown): void {
    this.#controllerError(reason);
    this.#fail(reason);
    this.close();
  }

  /** Closes the WebSocket behind what was sent. */
  close(): void {
    this.#socket.close(1000);
  }

  #receive(data: unknown): void {
    if (this.#failure !== undefined) return;
    if (data instanceof ArrayBuffer) {
      this.#receiveBytes(new Uint8Array(data));
      return;
    }
    const message = parseMessage(String(data));
    if (message === undefined) {
      this.#refuse("a message that is none of this protocol");
    } else if (message.type === "credit") {
      this.#credit += message.bytes;
      this.#wake?.resolve();
    } else if (message.type === "end") {
      this.#endInput();
    } else {
      this.#events.onMessage(message);
    }
  }

  #receiveBytes(bytes: Uint8Array): void {
    this.#granted -= bytes.byteLength;
    if (this.#granted < 0) this.#refuse("more bytes than it was allowed to");
    else if (!this.#inputSettled) this.#controller?.enqueue(bytes);
  }

  #refuse(what: string): void {
    const hint = "Check that both sides speak this protocol, in one version";
    this.stop(new ScpConnectionError("lost", `The peer sent ${what}`, hint));
  }

  #endInput(): void {
    if (this.#inputSettled) return;
    this.#inputSettled = true;
    this.#controller?.close();
  }

  #pull(): void {
    if (this.#failure === undefined) this.#grant();
    // What had arrived has been read: now the loss may be told.
    else this.#controllerError(this.#failure.reason);
  }

  /** Grants what has been read since, in steps that are worth a message. */
  #grant(): void {
    if (!this.#started || this.#inputSettled) return;
    const bytes = (this.#controller?.desiredSize ?? 0) - this.#granted;
    if (bytes < windowBytes / 4) return;
    this.#granted += bytes;
    this.send({ type: "credit", bytes });
  }

  async #write(chunk: Uint8Array): Promise<void> {
    for (let sent = 0; sent < chunk.byteLength; ) {
      await this.#untilCredit();
      const length = Math.min(chunk.byteLength - sent, this.#credit, maxMessageBytes);
      this.#credit -= length;
      this.#transmit(ofOwnMemory(chunk.subarray(sent, sent + length)));
      sent += length;
    }
    this.#unsent -= 1;
    if (this.#unsent === 0) this.#settleIdlers();
  }

  /** A browser logs an error for data sent while the WebSocket closes, which it does for a while before its `close` event. */
  #transmit(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === openState) this.#socket.send(data);
  }

  #settleIdlers(): void {
    for (const resolve of this.#idlers.splice(0)) resolve();
  }

  #untilCredit(): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (this.#peerIsDeaf) throw deafError();
    if (this.#credit > 0) return undefined;
    return new Promise<void>((resolve, reject) => {
      this.#wake = { resolve, reject };
    }).finally(() => {
      this.#wake = undefined;
    });
  }

  #fail(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { reason };
    this.#wake?.reject(reason);
    this.#settleIdlers();
    // Node 20 fails an assertion when a stream is errored while it is being aborted.
    if (this.#writeController?.signal.aborted === false) this.#writeController.error(reason);
    if (this.#controller?.desiredSize === windowBytes) this.#controllerError(reason);
  }

  #controllerError(reason: unknown): void {
    if (this.#inputSettled) return;
    this.#inputSettled = true;
    this.#controller?.error(reason);
  }
}

function byteLength(chunk?: Uint8Array): number {
  return chunk?.byteLength ?? 0;
}

/** The DOM's types tell shared memory apart, which a WebSocket does not take. */
function ofOwnMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength: length } = bytes;
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, length) : new Uint8Array(bytes);
}

function lostError(code: number): ScpConnectionError {
  const hint = "Run the transfer again; what arrived whole is in place";
  return new ScpConnectionError("lost", `The WebSocket was closed in the middle of a transfer (code ${code})`, hint);
}

function deafError(): ScpConnectionError {
  const hint = "See what the command wrote to standard error";
  return new ScpConnectionError("lost", "The peer stopped reading before it was sent everything", hint);
}
