import { quoteText, ScpPeerError, ScpProtocolError, type ScpReply, ScpReplyDecoder, yieldWhenDue } from "@scpkit/codec";
import type { ChannelIO } from "@scpkit/core/engine";

/** Bytes of replies nobody has asked for yet, before reading pauses: more than any sink sends ahead. */
const unreadBytes = 16 * 1024;

/** Replies that a peer may send ahead and leave unused; the window of `@scpkit/sink` has 4096. */
const surplusReplies = 20_000;
/** Late error lines that are kept; each may have the length of a line. */
const keptErrors = 1000;

/** Bytes of other output that a peer may send after its last reply. */
const noiseBytes = 1024 * 1024;

/**
 * Reads replies all the time, also while a body is being written, so that a peer that dies is noticed at once:
 * the transfer then fails through its port. Replies that come before they are due wait here.
 */
export class ReplyReader {
  readonly #port: ChannelIO;
  readonly #decoder: ScpReplyDecoder;
  #unread = 0;
  #ended = false;
  #expectNone = false;
  /** Every reply that was due has been taken. */
  #finished = false;
  #isNoise = false;
  #dropped = 0;
  #lastMessage: ScpPeerError | undefined;
  #peeked: ScpReply | undefined;
  #arrived: () => void = () => {};
  #wanted: () => void = () => {};

  constructor(port: ChannelIO, maxLineBytes?: number) {
    this.#port = port;
    this.#decoder = new ScpReplyDecoder({ maxLineBytes });
    this.#run().catch((error: unknown) => this.#port.fail(error));
  }

  /** The next reply. Rejects when the peer has ended or broke the protocol. */
  async next(): Promise<ScpReply> {
    for (;;) {
      const nextTurn = yieldWhenDue();
      if (nextTurn !== undefined) await nextTurn;
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
  set expectNone(value: boolean) {
    this.#expectNone = value;
    if (value && this.#ended) this.#throwIfUnanswered();
  }

  /** The peer has closed its side. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Reads until the peer closes its side and returns the first 1,000 error lines. From the first byte that is no reply on, the output is dropped.
   *
   * @throws {ScpProtocolError} the peer goes on for longer than anyone has a reason to
   */
  async rest(): Promise<ScpReply[]> {
    this.#finished = true;
    const errors: ScpReply[] = [];
    for (let surplus = 0; ; ) {
      const nextTurn = yieldWhenDue();
      if (nextTurn !== undefined) await nextTurn;
      const reply = this.#isNoise ? undefined : this.#pollUntilNoise();
      if (reply !== undefined) {
        if (reply.type !== "ok" && errors.length < keptErrors) errors.push(reply);
        surplus += 1;
        if (surplus > surplusReplies) throw endless();
      } else if (this.#ended) return errors;
      else await this.#port.waitForPeer(this.#more());
    }
  }

  #pollUntilNoise(): ScpReply | undefined {
    try {
      return this.poll();
    } catch (error) {
      if (!(error instanceof ScpProtocolError)) throw error;
      this.#isNoise = true;
      this.#unread = 0;
      this.#wanted();
      return undefined;
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
      if (this.#isNoise) {
        this.#dropped += chunk.byteLength;
        if (this.#dropped > noiseBytes) throw endless();
        continue;
      }
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
    if (!this.#finished) this.#decoder.end();
    this.#arrived();
    if (this.#expectNone) this.#throwIfUnanswered();
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

function endless(): ScpProtocolError {
  return new ScpProtocolError("not-a-reply", "The peer continues to send after its last reply");
}
