import { encodeReply, type ScpReply } from "@scpkit/codec";
import { type ChannelIO, joinBytes } from "@scpkit/core/engine";
import type { ScpReplyMode } from "./options.ts";

/** What a reply answers. Stand-alone error lines of a source are not answered. */
export type ReplySlot = "start" | "times" | "file" | "directory" | "body" | "end" | "refused";

/** Replies that `pipelined` keeps ahead of the source: enough for a hundred milliseconds of small files, far below a pipe's capacity. */
const windowReplies = 4096;

/**
 * Sends the replies of a sink: when they are due, or ahead of time.
 *
 * A source takes exactly one reply for its start and for each `T`, `C`, `D`, `E` and closing status. `ahead` counts those sent and not yet
 * taken. After each slot the mode says how many are to be ahead:
 *
 * | mode     | start, body, end, refused | times | file       | directory |
 * |----------|---------------------------|-------|------------|-----------|
 * | lockstep | 0                         | 0     | 0          | 0         |
 * | eager    | 0, with `-p` 1 (next T/E) | 0     | 1, `-p` 2  | 0, `-p` 1 |
 * | window   | 4096 at all times, topped up in batches                    |
 */
export class ReplySender {
  readonly #port: ChannelIO;
  readonly #mode: ScpReplyMode;
  readonly #nextIsTimes: number;
  #ahead = 0;
  #owed = 0;
  #lines: Uint8Array[] = [];

  constructor(port: ChannelIO, mode: ScpReplyMode, preserve: boolean) {
    this.#port = port;
    this.#mode = mode;
    this.#nextIsTimes = preserve ? 1 : 0;
  }

  /** Whether the next slot has been answered already, so that it cannot be refused. */
  get committed(): boolean {
    return this.#ahead > 0;
  }

  /** Answers the slot that is due; `slot` tells what is sent ahead of it. */
  answer(slot: ReplySlot, reply: ScpReply): void {
    if (this.#ahead > 0) {
      this.#ahead -= 1;
    } else if (reply.type === "ok") {
      this.#owed += 1;
    } else {
      this.#queueOwed();
      this.#lines.push(encodeReply(reply));
    }
    const wanted = this.#wantedAhead(slot);
    if (wanted - this.#ahead > 0 && (this.#mode !== "pipelined" || this.#ahead < windowReplies - windowReplies / 4)) {
      this.#owed += wanted - this.#ahead;
      this.#ahead = wanted;
    }
  }

  /** Sends what is due. Called before waiting for more input. A promise says when the peer has taken enough to go on. */
  flush(): Promise<void> | undefined {
    this.#queueOwed();
    const lines = this.#lines;
    if (lines.length === 0) return undefined;
    this.#lines = [];
    return this.#port.write(joinBytes(lines));
  }

  #queueOwed(): void {
    // Zero bytes are exactly the encoding of "ok".
    if (this.#owed > 0) this.#lines.push(new Uint8Array(this.#owed));
    this.#owed = 0;
  }

  #wantedAhead(slot: ReplySlot): number {
    if (this.#mode === "lockstep") return 0;
    if (this.#mode === "pipelined") return windowReplies;
    if (slot === "times") return 0;
    return slot === "file" ? 1 + this.#nextIsTimes : this.#nextIsTimes;
  }
}
