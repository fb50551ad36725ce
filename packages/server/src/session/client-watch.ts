import { ScpConnectionError, type ScpSessionChannel } from "@scpkit/core";

/**
 * Holds the abort signal of one session. It is aborted with the embedder's signal, or when the client has been gone for
 * `graceMs`. A transfer notices a disconnected client by itself, and may still commit complete files. This class ends
 * transfers that wait for the embedder's code instead.
 */
export class ClientWatch {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  /** @param graceMs milliseconds between the client's disconnect and the abort; 0 never aborts */
  constructor(channel: ScpSessionChannel, outer: AbortSignal | undefined, graceMs: number) {
    this.#outer = outer;
    outer?.addEventListener("abort", this.#onAbort, { once: true });
    if (outer?.aborted) this.#onAbort();
    if (graceMs > 0) channel.closed.then(() => this.#clientGone(graceMs));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Removes the listeners when the session is over. The signals may live longer. */
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

/** Returns the error for a client that closed its channel or lost its connection. */
export function clientGone(): ScpConnectionError {
  return new ScpConnectionError("lost", "The client has disconnected", "No action is needed on this side");
}
