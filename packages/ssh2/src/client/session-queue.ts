import { ScpConnectionError, type ScpExecChannel } from "@scpkit/core";

/**
 * Delays in milliseconds before a rejected session is requested again although fewer are open than the server allowed
 * before.
 */
const retryDelaysMs = [0, 20, 100, 300];

/**
 * Queues commands of one connection when the server rejects more sessions (`MaxSessions` of sshd). The limit is the
 * largest number of concurrent sessions that the server has allowed so far.
 *
 * The server may still count a session that has ended: sshd frees it after it has handled the next packets
 * (`channel_after_poll` in OpenSSH's channels.c), so that a request directly after the end is rejected once.
 */
export class SessionQueue {
  readonly #waiting: (() => void)[] = [];
  /** Sessions that are open or requested. */
  #count = 0;
  #open = 0;
  #mostOpen = 0;
  #refused = false;

  /**
   * Opens a session.
   *
   * @param open asks the server once
   * @param queue whether to wait for the end of another session if the server rejects this one
   * @throws the rejection of `open`, or the reason of `signal`
   */
  async run(
    open: () => Promise<ScpExecChannel>,
    queue: boolean,
    signal: AbortSignal | undefined,
  ): Promise<ScpExecChannel> {
    let retries = 0;
    for (;;) {
      while (queue && this.#isFull()) {
        await this.#nextEnd(signal);
        retries = 0;
      }
      this.#count += 1;
      try {
        return this.#opened(await open());
      } catch (error) {
        this.#left();
        if (!(error instanceof ScpConnectionError) || error.code !== "channel-refused") throw error;
        this.#refused = true;
        if (!queue || (this.#count === 0 && this.#mostOpen === 0)) throw error;
        if (this.#isFull()) continue;
        const delay = retryDelaysMs[retries];
        retries += 1;
        if (delay !== undefined) await unlessAborted(new Promise((resolve) => setTimeout(resolve, delay)), signal);
        else if (this.#count > 0) await this.#nextEnd(signal);
        else throw error;
      }
    }
  }

  #isFull(): boolean {
    return this.#refused && this.#count > 0 && this.#count >= this.#mostOpen;
  }

  #opened(channel: ScpExecChannel): ScpExecChannel {
    this.#open += 1;
    this.#mostOpen = Math.max(this.#mostOpen, this.#open);
    void channel.closed.then(() => {
      this.#open -= 1;
      this.#left();
    });
    return channel;
  }

  #left(): void {
    this.#count -= 1;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /**
   * Waits for the end of a session. Waiting commands are served in order; a command that finds no free session waits
   * again behind the others.
   */
  #nextEnd(signal: AbortSignal | undefined): Promise<void> {
    return unlessAborted(new Promise((resolve) => this.#waiting.push(resolve)), signal);
  }
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
    void promise.then(resolve).finally(() => signal?.removeEventListener("abort", abort));
  });
}
