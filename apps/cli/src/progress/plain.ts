import { escapeText } from "@scpkit/codec";
import { formatDuration, formatRate, formatSize } from "../report/format.ts";
import type { ProgressClock, ProgressTerminal, ProgressView } from "./output.ts";
import { ProgressTracker } from "./tracker.ts";

/** Interval of the total lines, in ms. */
const reportMs = 10_000;

/**
 * Progress for logs: a line for each finished file, `dir/a.bin: 1008KB, 1.0MB/s, 00:01`, and a total every ten seconds,
 * `12/345 files, 34%, 1008KB, 1.0MB/s, 00:01 ETA`. No carriage returns, no escape sequences.
 */
export function createPlainView(terminal: ProgressTerminal, clock: ProgressClock): ProgressView {
  const tracker = new ProgressTracker(clock.now, {
    started: () => {},
    finished: ({ label, transferred, speed }) => {
      const nowMs = clock.now();
      const rate = formatRate(speed.average(transferred, nowMs));
      const seconds = formatDuration((nowMs - speed.startMs) / 1000);
      write(`${escapeText(label.path)}: ${formatSize(transferred).trim()}`, `${rate}/s`, seconds);
    },
    failed: () => {},
  });
  const write = (...fields: string[]): void => {
    terminal.write(`${fields.map((field) => field.trim()).join(", ")}\n`);
  };
  const report = (): void => {
    const { total, files, bytes, speed, bytesLeft } = tracker;
    const nowMs = clock.now();
    speed.look(bytes, nowMs);
    const of = total === undefined ? "" : `/${total.files}${total.complete ? "" : "+"}`;
    const fields = [`${files}${of} files`];
    if (total?.complete === true && total.bytes > 0) fields.push(`${Math.floor((bytes / total.bytes) * 100)}%`);
    fields.push(formatSize(bytes), `${formatRate(speed.bytesPerSecond)}/s`);
    if (speed.stalled(nowMs)) fields.push("stalled");
    else if (bytesLeft !== undefined && speed.bytesPerSecond >= 1) {
      fields.push(`${formatDuration(bytesLeft / speed.bytesPerSecond).trim()} ETA`);
    }
    write(...fields);
  };
  const stop = clock.every(reportMs, report);
  return {
    observe: tracker.observe,
    setTotal: (total) => {
      tracker.total = total;
    },
    around: (show) => show(),
    end: stop,
  };
}
