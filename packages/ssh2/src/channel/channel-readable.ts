import type { Channel } from "ssh2";
import type { ChannelEnd, ChannelLifecycle } from "./channel-lifecycle.ts";
import { AdaptiveWindow, type WindowGrowth } from "./receive-window.ts";

/** Bytes that wait in the web stream before the ssh2 channel is paused. */
const queueBytes = 1024 * 1024;

/** Options of {@link readChannel}. */
export interface ReadChannelOptions {
  /** What the peer may send ahead of the reader. */
  readonly growth: WindowGrowth;
  /**
   * When the end of the peer's output is believed: at once (`"end"`), or when the peer closed the channel in order
   * too (`"close"`), so that a connection lost in between is no end.
   */
  readonly endsAt: "end" | "close";
  /** What cancelling the stream does beyond dropping its contents. */
  readonly onCancel: (reason: unknown) => void;
  /** The peer sent more than it was allowed. */
  readonly onOverrun: () => void;
}

/**
 * The output of an ssh2 channel as a web stream: chunks as ssh2 gives them, views and not copies; everything that
 * arrived is delivered before a lost connection is told as an error.
 *
 * `Readable.toWeb` cannot serve: it loses the end of the data on Node 20 and 22.
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

  // First of all, before the rest is drained: what comes late could no longer be enqueued.
  function release(): void {
    channel.off("data", onData);
    channel.off("end", onEnd);
  }
}
