import type { ScpConnectionError, ScpExit } from "@scpkit/core";
import type { Channel } from "ssh2";
import { onConnectionClosed } from "./connection-closed.ts";
import { connectionOf, incomingState } from "./internals.ts";

/**
 * How a channel ended.
 *
 * - `ended`: the peer closed it properly, and all its output was read from ssh2
 * - `lost`: the connection was lost
 * - `stopped`: this side closed it
 */
export type ChannelEnd =
  | { readonly type: "ended" }
  | { readonly type: "lost"; readonly reason: ScpConnectionError }
  | { readonly type: "stopped"; readonly reason: unknown };

/** Milliseconds that a peer has to confirm that a channel is closed. */
const closeGraceMs = 1_000;

/**
 * Watches one ssh2 channel and decides once how it ended.
 *
 * ssh2 alone does not distinguish a lost connection from the end of a command: in both cases the channel emits `end`
 * and `close`.
 */
export class ChannelLifecycle {
  /** Resolves when the channel is closed. Never rejects. */
  readonly gone: Promise<void>;
  readonly #channel: Channel;
  readonly #endListeners: ((end: ChannelEnd) => void)[] = [];
  readonly #deafListeners: (() => void)[] = [];
  #end: ChannelEnd | undefined;
  #exit: ScpExit = {};
  #deaf = false;
  #resolveGone: () => void = () => {};
  #graceTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param describeLoss returns the error for users of the channel when the connection is lost */
  constructor(channel: Channel, describeLoss: () => ScpConnectionError) {
    this.#channel = channel;
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    // ssh2 replies to the peer's CLOSE by itself, but reports the end of the channel only after all output was read.
    const close = channel.close.bind(channel);
    channel.close = (): void => {
      close();
      if (incomingState(channel) === "closed") this.#setDeaf();
    };
    const forget = onConnectionClosed(connectionOf(channel), () => {
      // The peer had closed it before: a slow reader may still have to read the last output.
      if (incomingState(channel) === "closed" && this.#end === undefined) return;
      this.#finish({ type: "lost", reason: describeLoss() });
      this.#settle();
    });
    void this.gone.then(forget);
    channel.once("exit", (...status: unknown[]) => {
      // The command may still read input: RFC 4254, 6.10, does not define when the status is sent.
      this.#exit = exitOf(status);
    });
    channel.once("close", () => {
      this.#finish({ type: "ended" });
      this.#settle();
    });
    channel.on("error", () => {
      this.#finish({ type: "lost", reason: describeLoss() });
      this.#settle();
    });
  }

  /** How the channel ended; `undefined` while it is open. */
  get end(): ChannelEnd | undefined {
    return this.#end;
  }

  /** The exit status or signal that the peer reported for its command; empty if it reported none. */
  get exit(): ScpExit {
    return this.#exit;
  }

  /** Whether the peer no longer accepts data. */
  get deaf(): boolean {
    return this.#deaf || this.#end !== undefined;
  }

  /** Calls `listener` when the channel ends, or at once if it has ended. */
  onEnd(listener: (end: ChannelEnd) => void): void {
    if (this.#end === undefined) this.#endListeners.push(listener);
    else listener(this.#end);
  }

  /** Calls `listener` when the peer no longer accepts data although the channel still has unread output. */
  onDeaf(listener: () => void): void {
    if (this.#deaf) listener();
    else this.#deafListeners.push(listener);
  }

  /** Closes the channel. Unread output is dropped. */
  stop(reason: unknown): void {
    if (this.#end !== undefined) return;
    this.#finish({ type: "stopped", reason });
    this.#channel.resume();
    this.#channel.close();
    this.#graceTimer = setTimeout(() => this.#settle(), closeGraceMs);
  }

  #setDeaf(): void {
    if (this.#deaf) return;
    this.#deaf = true;
    for (const listener of this.#deafListeners) listener();
  }

  #finish(end: ChannelEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    for (const listener of this.#endListeners) listener(end);
  }

  #settle(): void {
    clearTimeout(this.#graceTimer);
    this.#resolveGone();
  }
}

/** @param status the arguments of ssh2's `exit` event: a code, or `null` and a signal name */
function exitOf(status: readonly unknown[]): ScpExit {
  const [code, signal] = status;
  if (typeof code === "number") return { code };
  if (typeof signal === "string") return { signal: signal.replace(/^SIG/, "") };
  return {};
}
