import type { ScpChannel } from "@scpkit/core";

const encoder = new TextEncoder();

/**
 * Plays the other end of a channel in a test, byte by byte: sends and expects what the test states. Text stands for its
 * UTF-8 bytes.
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

  /** Sends bytes. Ignores a channel that the other side has closed. */
  async say(text: string | Uint8Array): Promise<void> {
    await this.#writer.write(typeof text === "string" ? encoder.encode(text) : text).catch(() => {});
  }

  /**
   * Reads exactly as many bytes as `text` has, from any number of chunks. @throws if they differ, or the input ended
   */
  async hear(text: string): Promise<void> {
    const wanted = encoder.encode(text);
    while (this.#heard.length < wanted.length && (await this.#more()));
    const got = this.#heard.splice(0, wanted.length);
    const same = got.length === wanted.length && got.every((byte, index) => byte === wanted[index]);
    if (!same) throw new Error(`Expected ${show(wanted)}, heard ${show(got)}`);
  }

  /** Reads everything until the other side closes or fails its writable, as text with one character for each byte. */
  async rest(): Promise<string> {
    while (await this.#more());
    return String.fromCharCode(...this.#heard.splice(0));
  }

  /**
   * Returns the next complete chunk, as one write of the other side arrives, including bytes that were read ahead.
   * Empty at the end.
   */
  async chunk(): Promise<string> {
    if (this.#heard.length === 0) await this.#more();
    return String.fromCharCode(...this.#heard.splice(0));
  }

  /** Returns whether the other side has sent nothing more, after every task that is now due has run. */
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
