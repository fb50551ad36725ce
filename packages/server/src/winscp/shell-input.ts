import { ScpProtocolError } from "@scpkit/codec";
import { type ChannelIO, joinBytes } from "@scpkit/core/engine";

/** The input of a shell. Commands read their share of it. */
export class ShellInput {
  readonly #port: ChannelIO;
  readonly #decoder = new TextDecoder();
  #rest: Uint8Array = new Uint8Array();
  #pending: Promise<Uint8Array | undefined> | undefined;

  constructor(port: ChannelIO) {
    this.#port = port;
  }

  /**
   * Reads the next line without its newline. Returns `undefined` at the end of input. Drops NUL bytes, as shells do:
   * they are left over from a client's acknowledgements of a command that did not begin.
   *
   * @throws {ScpProtocolError} `line-too-long`
   */
  async readLine(maxBytes: number): Promise<string | undefined> {
    for (;;) {
      const newline = this.#rest.indexOf(10);
      if ((newline < 0 ? this.#rest.length : newline) > maxBytes) {
        throw new ScpProtocolError("line-too-long", `The client sent a command line of more than ${maxBytes} bytes`);
      }
      if (newline >= 0) {
        const line = this.#decoder.decode(this.#rest.subarray(0, newline));
        this.#rest = this.#rest.subarray(newline + 1);
        return line.replaceAll("\0", "").replace(/\r$/, "");
      }
      const chunk = await this.#port.waitForPeer(this.#next());
      this.#pending = undefined;
      if (chunk === undefined) return undefined;
      this.#rest = joinBytes([this.#rest, chunk]);
    }
  }

  /** Lends the input to a command of the shell until `close` is called. Later input belongs to the shell again. */
  lend(): { readonly readable: ReadableStream<Uint8Array>; close(): void } {
    let closed = false;
    let wake: () => void = () => {};
    const close = (): void => {
      closed = true;
      wake();
    };
    const readable = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (this.#rest.length > 0) {
            controller.enqueue(this.#rest);
            this.#rest = new Uint8Array();
            return;
          }
          const next = this.#next();
          const chunk = await new Promise<Uint8Array | undefined>((resolve, reject) => {
            wake = () => resolve(undefined);
            if (closed) wake();
            next.then(resolve, reject);
          });
          // Input that arrived after the command had ended stays pending for the shell.
          if (!closed) this.#pending = undefined;
          if (closed || chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        },
        cancel: close,
      },
      { highWaterMark: 0 },
    );
    return { readable, close };
  }

  #next(): Promise<Uint8Array | undefined> {
    if (this.#pending === undefined) {
      this.#pending = this.#port.read(false);
      this.#pending.catch(() => {});
    }
    return this.#pending;
  }
}
