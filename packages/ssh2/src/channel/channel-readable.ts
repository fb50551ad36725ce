import type { Channel } from "ssh2";
import type { ChannelEnd, ChannelLifecycle } from "./channel-lifecycle.ts";
import { AdaptiveWindow, type WindowGrowth } from "./receive-window.ts";

/** Bytes that are queued in the web stream before the ssh2 channel is paused. */
const queueBytes = 1024 * 1024;

/** Options of {@link readChannel}. */
export interface ReadChannelOptions {
  /** How far the peer may send ahead of the reader. */
  readonly growth: WindowGrowth;
  /**
   * When the stream closes: at the end of the peer's output (`"end"`), or when the peer has also closed the channel
   * properly (`"close"`), so that a connection lost in between is reported as an error.
   */
  readonly endsAt: "end" | "close";
  /** Called when the stream is cancelled, in addition to dropping its contents. */
  readonly onCancel: (reason: unknown) => void;
  /** Called when the peer has sent more than the window allowed. */
  readonly onOverrun: () => void;
}

/**
 * Returns the output of an ssh2 channel as a web stream. The chunks are ssh2's own buffers, not copies. Everything that
 * arrived is delivered before a lost connection is reported as an error.
 *
 * `Readable.toWeb` cannot be used: it loses the end of the data on Node 20 and 22.
 */
export function readChannel(
  channel: Channel,
  life: ChannelLifecycle,
  options: ReadChannelOptions,
): ReadableStream<Uint8Array> {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let paused = false;
  let exhausted = false;
  let settled = false;

  const readable = new ReadableStream<Uint8Array>(
    {
      start(created): void {
        controller = created;
      },
      pull(): void {
        settleIfDue();
        if (settled) return;
        grownWindow.replenish();
        if (!paused) return;
        paused = false;
        channel.resume();
      },
      cancel(reason): void {
        settled = true;
        release();
        channel.resume();
        options.onCancel(reason);
      },
    },
    { highWaterMark: queueBytes, size: (chunk) => chunk?.byteLength ?? 0 },
  );
  const grownWindow = new AdaptiveWindow(channel, options.growth, queuedBytes, options.onOverrun);
  channel.on("data", onData);
  channel.on("end", onEnd);
  life.onEnd(onLifeEnd);
  return readable;

  function queuedBytes(): number {
    return settled ? 0 : queueBytes - (controller?.desiredSize ?? queueBytes);
  }

  function onData(chunk: Uint8Array): void {
    controller?.enqueue(chunk);
    if (queuedBytes() < queueBytes || paused) return;
    paused = true;
    channel.pause();
  }

  function onEnd(): void {
    exhausted = true;
    settleIfDue();
  }

  function onLifeEnd(end: ChannelEnd): void {
    if (end.type === "ended") exhausted = true;
    settleIfDue();
  }

  function settleIfDue(): void {
    if (settled) return;
    const { end } = life;
    if (end?.type === "stopped") {
      settled = true;
      release();
      controller?.error(end.reason);
    } else if (!exhausted) {
      return;
    } else if (end?.type === "lost") {
      if (queuedBytes() > 0) return;
      settled = true;
      controller?.error(end.reason);
    } else if (end?.type === "ended" || options.endsAt === "end") {
      settled = true;
      controller?.close();
    }
  }

  // Before the rest is drained: data that arrives later could not be enqueued.
  function release(): void {
    channel.off("data", onData);
    channel.off("end", onEnd);
  }
}
