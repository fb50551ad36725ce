import { loadWidths } from "./fit-columns.ts";
import { type MeterLine, renderLine } from "./line.ts";
import type { ProgressClock, ProgressTerminal, ProgressView } from "./output.ts";
import type { SpeedMeter } from "./speed-meter.ts";
import { type ActiveFile, ProgressTracker } from "./tracker.ts";

/** Ten draws a second at most. */
const drawMs = 100;

/** Maximum number of active files that are shown at once. The total line counts the others. */
const mostActiveLines = 8;

/**
 * Progress in scp's format: a line for each file, which stays when the file is done. Each active file has a line. With `tree`, the last
 * line shows the total.
 *
 * With one line in all, nothing but carriage returns is written, as by scp; with more, the lines are drawn over with
 * `ESC [ n A` and `ESC [ J`.
 */
export function createBarView(terminal: ProgressTerminal, clock: ProgressClock, tree: boolean): ProgressView {
  // Without the table names with wide characters are a little out of line, no more.
  loadWidths().catch(() => {});
  const area = createLineArea(terminal);
  /** Lines of finished files that are not written yet. */
  let done: string[] = [];
  let drawnMs = Number.NEGATIVE_INFINITY;
  let ended = false;

  const line = (
    name: string,
    size: number | undefined,
    transferred: number,
    speed: SpeedMeter,
    { ended = false, ...state }: Pick<MeterLine, "ended" | "failed" | "incomplete" | "left">,
  ): string => {
    const nowMs = clock.now();
    speed.look(transferred, nowMs);
    return renderLine({
      name,
      size,
      transferred,
      bytesPerSecond: ended ? speed.average(transferred, nowMs) : speed.bytesPerSecond,
      stalled: speed.stalled(nowMs),
      elapsedSeconds: (nowMs - speed.startMs) / 1000,
      ended,
      ...state,
      columns: terminal.columns ?? 80,
    });
  };
  /** A file whose bytes have all been sent is complete only once the peer has acknowledged it. */
  const fileLine = (
    { label, transferred, speed }: ActiveFile,
    state: Pick<MeterLine, "ended" | "failed" | "incomplete">,
  ): string => line(label.path.slice(label.path.lastIndexOf("/") + 1), label.size, transferred, speed, state);
  const totalLine = (): string => {
    const { total, files, bytes, speed, failures, bytesLeft: left } = tracker;
    const of = total === undefined ? "" : `/${total.files}${total.complete ? "" : "+"}`;
    const incomplete = !ended || failures > 0 || tracker.active.size > 0;
    const size = total?.complete === true ? Math.max(total.bytes, bytes) : ended && !incomplete ? bytes : undefined;
    return line(`Total: ${files}${of} files`, size, bytes, speed, { ended, incomplete, left });
  };
  const draw = (): void => {
    drawnMs = clock.now();
    const rows = Math.max(1, Math.min(mostActiveLines, (terminal.rows ?? 24) - 2));
    const current = [...tracker.active.values()].slice(0, rows).map((file) => fileLine(file, { incomplete: true }));
    if (tree && tracker.begun) current.push(totalLine());
    area.draw(done, current);
    done = [];
  };
  const drawIfDue = (): void => {
    if (!ended && clock.now() - drawnMs >= drawMs) draw();
  };
  const tracker = new ProgressTracker(clock.now, {
    started: drawIfDue,
    finished: (file) => {
      done.push(fileLine(file, { ended: true }));
      drawIfDue();
    },
    failed: (_failure, file) => {
      if (file !== undefined) done.push(fileLine(file, { ended: true, failed: true }));
      drawIfDue();
    },
  });
  const stop = clock.every(drawMs, drawIfDue);
  return {
    observe: tracker.observe,
    setTotal: (total) => {
      tracker.total = total;
    },
    around: (show) => {
      area.clear();
      show();
    },
    end: () => {
      if (ended) return;
      ended = true;
      stop();
      for (const file of tracker.active.values()) done.push(fileLine(file, { ended: true, incomplete: true }));
      if (tree && tracker.begun) done.push(totalLine());
      area.draw(done, []);
    },
  };
}

interface LineArea {
  /** Writes lines that stay, and below them lines that the next draw replaces. */
  draw(lasting: readonly string[], current: readonly string[]): void;
  clear(): void;
}

function createLineArea(terminal: ProgressTerminal): LineArea {
  let shown: readonly string[] = [];
  let shownColumns = 80;

  /** Moves the cursor to the start of the shown lines. If the terminal was made narrower, each of them is wrapped. */
  const back = (): string => {
    const columns = terminal.columns ?? 80;
    const rowsEach = columns < shownColumns ? Math.ceil((shownColumns - 1) / Math.max(columns, 1)) : 1;
    const up = shown.length * rowsEach - 1;
    return up > 0 ? `\x1b[${up}A\r\x1b[J` : "\r";
  };
  return {
    draw: (lasting, current) => {
      if (terminal.isForeground?.() === false) return;
      const same = lasting.length === 0 && current.length === shown.length && current.every((l, i) => l === shown[i]);
      if (same) return;
      const lines = lasting.map((text) => `${text}\n\r`).join("") + current.join("\n\r");
      terminal.write(`${back()}${lines}`.replace(/\r$/, ""));
      shown = current;
      shownColumns = terminal.columns ?? 80;
    },
    clear: () => {
      if (shown.length > 0) terminal.write(`${back()}\x1b[J`);
      shown = [];
    },
  };
}
