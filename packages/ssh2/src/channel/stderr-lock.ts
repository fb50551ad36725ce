import type { ServerChannel } from "ssh2";
import type { ChannelLifecycle } from "./channel-lifecycle.ts";
import { flushed, type ScheduledWrite } from "./channel-writable.ts";
import { forgetSentChunk } from "./internals.ts";

/**
 * Makes the output and the standard error of a server's channel wait for window space one at a time: ssh2 resumes only
 * one of two waiting writes.
 *
 * Output is not delayed while standard error is empty, which is the normal case.
 */
export class StderrLock {
  readonly #channel: ServerChannel;
  readonly #life: ChannelLifecycle;
  #errorTurn: Promise<void> | undefined;

  constructor(channel: ServerChannel, life: ChannelLifecycle) {
    this.#channel = channel;
    this.#life = life;
  }

  /** Runs a write to the channel when pending standard error has been sent. */
  output(write: ScheduledWrite): Promise<void> | undefined {
    return this.#errorTurn === undefined ? write() : this.#errorTurn.then(() => this.output(write));
  }

  /** Runs a write to standard error when pending output has been sent. Delays further output until then. */
  errors(write: ScheduledWrite): Promise<void> {
    const turn = this.#alone(write);
    const over = (): void => {
      this.#errorTurn = undefined;
    };
    this.#errorTurn = turn.then(over, over);
    return turn;
  }

  async #alone(write: ScheduledWrite): Promise<void> {
    if (this.#channel.writableLength > 0) await flushed(this.#channel, this.#life);
    forgetSentChunk(this.#channel);
    await write();
    await flushed(this.#channel.stderr, this.#life);
  }
}
