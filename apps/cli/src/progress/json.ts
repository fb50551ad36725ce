import { explain } from "../report/messages.ts";
import type { ProgressClock, ProgressTerminal, ProgressView } from "./output.ts";
import { type ActiveFile, ProgressTracker } from "./tracker.ts";

/** Interval of the `progress` events, in ms. */
const reportMs = 1_000;

/** One line of `--progress=json`, described in docs/cli/progress-json.md. */
export type ProgressJsonEvent =
  | { readonly event: "begin" /** Raised when a field changes its meaning or goes away. */; readonly schema: 1 }
  | { readonly event: "start"; readonly path: string; readonly size: number }
  | {
      readonly event: "progress";
      readonly seconds: number;
      readonly files: number;
      readonly bytes: number;
      readonly totalFiles: number | null;
      readonly totalBytes: number | null;
      readonly totalComplete: boolean;
      readonly bytesPerSecond: number;
      readonly etaSeconds: number | null;
      readonly active: readonly { readonly path: string; readonly size: number; readonly transferred: number }[];
    }
  | { readonly event: "finish"; readonly path: string; readonly size: number; readonly seconds: number }
  | { readonly event: "failure"; readonly path: string; readonly side: "local" | "peer"; readonly message: string }
  | {
      readonly event: "end";
      readonly seconds: number;
      readonly files: number;
      readonly bytes: number;
      readonly failures: number;
    };

/** Progress for programs: one JSON object per line. */
export function createJsonView(terminal: ProgressTerminal, clock: ProgressClock): ProgressView {
  const write = (event: ProgressJsonEvent): void => terminal.write(`${toAscii(JSON.stringify(event))}\n`);
  const secondsSince = (startMs: number): number => Math.round(clock.now() - startMs) / 1000;
  const tracker = new ProgressTracker(clock.now, {
    started: ({ label }) => write({ event: "start", path: label.path, size: label.size }),
    finished: ({ label, speed }) =>
      write({ event: "finish", path: label.path, size: label.size, seconds: secondsSince(speed.startMs) }),
    failed: ({ path, side, error }) => write({ event: "failure", path, side, message: explain(error).message }),
  });
  const report = (): void => {
    const { total, files, bytes, speed, active, bytesLeft: left } = tracker;
    speed.look(bytes, clock.now());
    const bytesPerSecond = Math.round(speed.bytesPerSecond);
    write({
      event: "progress",
      seconds: secondsSince(tracker.startMs),
      files,
      bytes,
      totalFiles: total?.files ?? null,
      totalBytes: total?.bytes ?? null,
      totalComplete: total?.complete ?? false,
      bytesPerSecond,
      etaSeconds: left === undefined || bytesPerSecond === 0 ? null : Math.ceil(left / bytesPerSecond),
      active: [...active.values()].map(toActive),
    });
  };
  let ended = false;
  write({ event: "begin", schema: 1 });
  const stop = clock.every(reportMs, report);
  return {
    observe: tracker.observe,
    setTotal: (total) => {
      tracker.total = total;
    },
    around: (show) => show(),
    end: () => {
      if (ended) return;
      ended = true;
      stop();
      const { files, bytes, failures, startMs } = tracker;
      write({ event: "end", seconds: secondsSince(startMs), files, bytes, failures });
    },
  };
}

function toActive({ label, transferred }: ActiveFile): { path: string; size: number; transferred: number } {
  return { path: label.path, size: label.size, transferred };
}

/** Escapes all but ASCII, so that the text cannot control a terminal and does not depend on the encoding. */
function toAscii(json: string): string {
  return json.replaceAll(/[^\n -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
