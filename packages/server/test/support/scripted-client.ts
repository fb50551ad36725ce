import type { ScpExecChannel } from "@scpkit/core";

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** A client that sends exactly what a test says and reads what comes, as text in which every byte is one character. */
export class ScriptedClient {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #channel: ScpExecChannel;
  #held = "";

  constructor(channel: ScpExecChannel) {
    this.#channel = channel;
    this.#reader = channel.readable.getReader();
    this.#writer = channel.writable.getWriter();
    this.#writer.closed.catch(() => {});
  }

  /** Sends without waiting for the other side to read. */
  send(data: string | Uint8Array): void {
    this.#writer.write(typeof data === "string" ? encoder.encode(data) : data).catch(() => {});
  }

  /** No more comes from this side. */
  end(): void {
    this.#writer.close().catch(() => {});
  }

  /** Reads exactly as many bytes; fewer when the other side ends. */
  async read(bytes: number): Promise<string> {
    while (this.#held.length < bytes && (await this.#fill()));
    return this.#take(bytes);
  }

  /** Reads up to and including `text`; to the end when it does not come. */
  async readThrough(text: string): Promise<string> {
    while (!this.#held.includes(text) && (await this.#fill()));
    const at = this.#held.indexOf(text);
    return this.#take(at < 0 ? this.#held.length : at + text.length);
  }

  /** Reads to the end of what the other side sends. */
  async readAll(): Promise<string> {
    while (await this.#fill());
    return this.#take(this.#held.length);
  }

  /** All of standard error, to its end. */
  async stderr(): Promise<string> {
    let text = "";
    for await (const chunk of this.#channel.stderr) text += new TextDecoder().decode(chunk);
    return text;
  }

  async #fill(): Promise<boolean> {
    const { done, value } = await this.#reader.read().catch(() => ({ done: true, value: undefined }));
    if (value !== undefined) this.#held += decoder.decode(value);
    return !done;
  }

  #take(count: number): string {
    const taken = this.#held.slice(0, count);
    this.#held = this.#held.slice(count);
    return taken;
  }
}
