import type { ChannelPort } from "@scpkit/channel";
import { quoteText, ScpPeerError, ScpProtocolError, type ScpReply, ScpReplyDecoder } from "@scpkit/codec";

/** Bytes of replies nobody has asked for yet, before reading pauses: more than any sink sends ahead. */
const unreadBytes = 16 * 1024;

/**
 * Reads replies all the time, also while a body is being written, so that a peer that dies is noticed at once:
 * the transfer then fails through its port. Replies that come before they are due wait here.
 */
export class ReplyQueue {
  readonly #port: ChannelPort;
  readonly #decoder: ScpReplyDecoder;
  #unread = 0;
  #ended = false;
  #unattended = false;
  #lastMessage: ScpPeerError | undefined;
  #peeked: ScpReply | undefined;
  #arrived: () => void = () => {};
  #wanted: () => void = () => {};

  constructor(port: ChannelPort, maxLineBytes?: number) {
    this.#port = port;
    this.#decoder = new ScpReplyDecoder({ maxLineBytes });
    this.#run().catch((error: unknown) => this.#port.fail(error));
  }

  /** The next reply. Rejects when the peer has ended or broke the protocol. */
  async next(): Promise<ScpReply> {
    for (;;) {
      const reply = this.poll();
      if (reply !== undefined) return reply;
      if (this.#ended) throw this.#endedEarly();
      await this.#port.waitForPeer(this.#more());
    }
  }

  /** A reply that is already here. */
  poll(): ScpReply | undefined {
    const reply = this.#peeked ?? this.#decoder.next();
    this.#peeked = undefined;
    if (reply === undefined) {
      this.#unread = 0;
      this.#wanted();
    } else {
      this.#lastMessage = reply.type === "ok" ? undefined : new ScpPeerError(reply.type, reply.message);
    }
    return reply;
  }

  /**
   * While `true` nobody waits for a reply, because a body is being written: the end of the peer then fails the transfer, unless it
   * has answered the body ahead of time. OpenSSH's source lets a sink do so: `printf '\\0\\0\\0' | scp -f file`.
   */
  set unattended(value: boolean) {
    this.#unattended = value;
    if (value && this.#ended) this.#throwIfUnanswered();
  }

  /** The peer has closed its side. */
  get ended(): boolean {
    return this.#ended;
  }

  /** All replies until the peer closes its side. */
  async *rest(): AsyncGenerator<ScpReply> {
    for (;;) {
      const reply = this.poll();
      if (reply !== undefined) yield reply;
      else if (this.#ended) return;
      else await this.#port.waitForPeer(this.#more());
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  async #run(): Promise<void> {
    for (;;) {
      const chunk = await this.#port.read(false);
      if (chunk === undefined) break;
      this.#decoder.push(chunk);
      this.#unread += chunk.byteLength;
      this.#arrived();
      if (this.#unread > unreadBytes) {
        await new Promise<void>((resolve) => {
          this.#wanted = resolve;
        });
      }
    }
    this.#ended = true;
    this.#decoder.end();
    this.#arrived();
    if (this.#unattended) this.#throwIfUnanswered();
  }

  /** The peer has ended while a body is being written: right only if it had accepted that body before. */
  #throwIfUnanswered(): void {
    this.#peeked ??= this.#decoder.next();
    if (this.#peeked?.type === "ok") return;
    while (this.poll() !== undefined);
    throw this.#endedEarly();
  }

  #endedEarly(): ScpProtocolError {
    const words =
      this.#lastMessage === undefined ? "" : `; its last words were ${quoteText(this.#lastMessage.peerMessage)}`;
    return new ScpProtocolError("unexpected-eof", `The peer closed the connection before it had answered${words}`, {
      cause: this.#lastMessage,
    });
  }
}
