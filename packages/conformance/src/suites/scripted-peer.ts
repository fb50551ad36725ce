import type { ScpChannel } from "@scpkit/core";

const encoder = new TextEncoder();

/**
 * The other end of a channel, played by a test byte by byte: says what the script says and checks what it hears.
 * Text stands for its UTF-8 bytes.
 */
export class ScriptedPeer {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #heard: number[] = [];

  constructor(channel: ScpChannel) {
    this.#reader = channel.readable.getReader();
    this.#writer = channel.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#reader.closed.catch(() => {});
  }

  /** Sends bytes. A channel that was cut by the other side is no error. */
  async say(text: string | Uint8Array): Promise<void> {
    await this.#writer.write(typeof text === "string" ? encoder.encode(text) : text).catch(() => {});
  }

  /** Reads exactly as many bytes as `text` has, over as many chunks as it takes. @throws they differ, or the input ended */
  async hear(text: string): Promise<void> {
    const wanted = encoder.encode(text);
    while (this.#heard.length < wanted.length && (await this.#more()));
    const got = this.#heard.splice(0, wanted.length);
    const same = got.length === wanted.length && got.every((byte, index) => byte === wanted[index]);
    if (!same) throw new Error(`Expected ${show(wanted)}, heard ${show(got)}`);
  }

  /** Everything until the other side closes or fails its writable, as text with one character for each byte. */
  async rest(): Promise<string> {
    while (await this.#more());
    return String.fromCharCode(...this.#heard.splice(0));
  }

  /** The next chunk in full, as one write of the other side arrives, after what was read ahead. Empty at the end. */
  async chunk(): Promise<string> {
    if (this.#heard.length === 0) await this.#more();
    return String.fromCharCode(...this.#heard.splice(0));
  }

  /** Whether the other side has said nothing more, as far as can be told after every task now due has run. */
  async silent(): Promise<boolean> {
    const more = this.#more();
    const answer = await Promise.race([more, new Promise((resolve) => setTimeout(resolve, 20, "silent"))]);
    if (answer === "silent") this.#pending = more;
    return answer === "silent";
  }

  /** Closes this side: the other side sees the end of its input. */
  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
  }

  /** Breaks both directions, as a lost connection does. */
  async cut(reason: unknown): Promise<void> {
    await Promise.all([this.#writer.abort(reason).catch(() => {}), this.#reader.cancel(reason).catch(() => {})]);
  }

  #pending: Promise<boolean> | undefined;

  #more(): Promise<boolean> {
    const pending = this.#pending ?? this.#take();
    this.#pending = undefined;
    return pending;
  }

  async #take(): Promise<boolean> {
    try {
      const { done, value } = await this.#reader.read();
      if (value !== undefined) for (const byte of value) this.#heard.push(byte);
      return !done;
    } catch {
      return false;
    }
  }
}

function show(bytes: ArrayLike<number>): string {
  return JSON.stringify(String.fromCharCode(...Array.from(bytes)));
}
