import { ScpConnectionError, type ScpSessionChannel } from "@scpkit/core";

/**
 * The signal of one session: aborted with the embedder's own, or when the client has been gone for a while. A transfer notices by itself
 * that its client has gone, and may still have whole files to commit, unless it waits for something on this side: that is what this ends.
 */
export class ClientWatch {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  /** @param graceMs how long a client may be gone; 0: for ever */
  constructor(channel: ScpSessionChannel, outer: AbortSignal | undefined, graceMs: number) {
    this.#outer = outer;
    outer?.addEventListener("abort", this.#onAbort, { once: true });
    if (outer?.aborted) this.#onAbort();
    if (graceMs > 0) channel.closed.then(() => this.#clientGone(graceMs));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The session is over. Listeners on signals that live longer are removed. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#controller.abort(this.#outer?.reason);

  #clientGone(graceMs: number): void {
    if (this.#ended) return;
    this.#timer = setTimeout(() => this.#controller.abort(clientGone()), graceMs);
  }
}

/** The client closed its channel or lost its connection. */
export function clientGone(): ScpConnectionError {
  return new ScpConnectionError("lost", "The client has disconnected", "No action is needed on this side");
}
