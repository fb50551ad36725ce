import { escapeText } from "@scpkit/codec";
import { formatDuration, formatRate, formatSize } from "../report/format.ts";
import { fitColumns } from "./fit-columns.ts";

/** Columns beside the name: percent, amount, rate and time. */
const fixedColumns = 35;

/** Wider terminals are used up to this many columns, as in OpenSSH. */
const mostColumns = 512;

/** What a line of the meter shows. */
export interface MeterLine {
  /** Shown escaped. */
  readonly name: string;
  /** Bytes in all; `undefined`: not known yet. */
  readonly size: number | undefined;
  readonly transferred: number;
  readonly bytesPerSecond: number;
  /** Nothing has arrived for five seconds or more. */
  readonly stalled: boolean;
  /** Since the start. Shown instead of what is left when everything has arrived, or `ended` says so. */
  readonly elapsedSeconds: number;
  /** Remaining bytes. @default size - transferred */
  readonly left?: number | undefined;
  /** Nothing more will arrive. @default false */
  readonly ended?: boolean;
  /** Whether it has failed. The line then shows this instead of the time, and never shows 100 %. @default false */
  readonly failed?: boolean;
  /** Whether parts of it have failed. The line then never shows 100 %. @default false */
  readonly incomplete?: boolean;
  /** Of the terminal. */
  readonly columns: number;
}

/**
 * One line of progress as OpenSSH's scp draws it, without the carriage return before it: one column less than the terminal has, so
 * that the cursor stays on the line. The name's column goes first when the terminal is narrow; below four columns nothing is shown.
 */
export function renderLine(line: MeterLine): string {
  const columns = Math.min(line.columns, mostColumns);
  if (columns < 4) return "";
  const left = line.size === undefined ? undefined : (line.left ?? Math.max(line.size - line.transferred, 0));
  const name = columns > fixedColumns ? fitColumns(escapeText(line.name), columns - fixedColumns) : "";
  const fields = [
    percentage(line),
    formatSize(line.transferred),
    `${formatRate(line.bytesPerSecond)}/s`,
    timeField(line, left),
  ].join(" ");
  return name + fields.slice(0, Math.min(columns, fixedColumns) - 1);
}

function percentage({ size, transferred, failed, incomplete }: MeterLine): string {
  if (size === undefined) return "     ";
  const most = failed === true || incomplete === true ? 99 : 100;
  const percent = transferred >= size ? (size === 0 && most < 100 ? 0 : most) : Math.floor((transferred / size) * 100);
  return ` ${String(percent).padStart(3)}%`;
}

function timeField(line: MeterLine, left: number | undefined): string {
  if (line.failed === true) return "- failed - ";
  if (left === 0 || line.ended === true) return `${formatDuration(line.elapsedSeconds)}    `;
  if (line.stalled) return "- stalled -";
  if (left === undefined || Math.trunc(line.bytesPerSecond) === 0) return "  --:-- ETA";
  return `${formatDuration(left / Math.trunc(line.bytesPerSecond))} ETA`;
}
