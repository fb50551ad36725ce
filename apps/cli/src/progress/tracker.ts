import type { ScpFailure, ScpObserver, ScpTransferEvent, ScpTransferredEntry } from "@scpkit/core";
import { SpeedMeter } from "./speed-meter.ts";

/** A file that is being transferred. */
export interface ActiveFile {
  readonly label: ScpTransferredEntry;
  /** Body bytes so far. */
  transferred: number;
  readonly speed: SpeedMeter;
}

/** The total of a copy. It grows while the sources are being counted. */
export interface ProgressTotal {
  readonly files: number;
  readonly bytes: number;
  /** Whether the counts are final. */
  readonly complete: boolean;
}

/** Callbacks of a view for the start and the end of a file. They are not called for progress events. */
export interface ProgressHooks {
  started(file: ActiveFile): void;
  finished(file: ActiveFile): void;
  /** `file` is absent if the failure is not that of an active file. */
  failed(failure: ScpFailure, file: ActiveFile | undefined): void;
}

/** Counts the files and bytes of one or several transfers. Its calls are cheap enough for every chunk. */
export class ProgressTracker {
  /** Active files, in the order in which they started. */
  readonly active: Map<ScpTransferredEntry, ActiveFile> = new Map();
  /** Files that arrived whole. */
  files = 0;
  failures = 0;
  /** Body bytes of all files that have arrived or are being transferred. */
  bytes = 0;
  /** Rate of all files together, since the first file began. */
  speed: SpeedMeter;
  /** When the run began, in milliseconds of the clock. */
  readonly startMs: number;
  /** Whether a file has begun or something has failed. */
  begun = false;
  total: ProgressTotal | undefined;
  readonly observe: ScpObserver;
  /** Sizes of the files that failed during their transfer. */
  #failedBytes = 0;

  /** @param now milliseconds of a clock that does not run backwards */
  constructor(now: () => number, hooks: ProgressHooks) {
    this.startMs = now();
    this.speed = new SpeedMeter(this.startMs);
    this.observe = (event) => this.#observe(event, now, hooks);
  }

  /** Remaining bytes, without those of failed files; `undefined` while this is not known. */
  get bytesLeft(): number | undefined {
    const { total } = this;
    return total?.complete === true ? Math.max(0, total.bytes - this.bytes - this.#failedBytes) : undefined;
  }

  #observe(event: ScpTransferEvent, now: () => number, hooks: ProgressHooks): void {
    if (event.type === "progress") {
      const file = this.active.get(event.entry);
      if (file !== undefined) this.#advance(file, event.transferred);
      return;
    }
    if (event.type === "failure") {
      this.begun = true;
      this.failures++;
      const file = [...this.active.values()].find((other) => other.label.path === event.failure.path);
      if (file !== undefined) {
        this.active.delete(file.label);
        this.bytes -= file.transferred;
        this.#failedBytes += file.label.size;
      }
      hooks.failed(event.failure, file);
      return;
    }
    if (event.entry.type === "directory") return;
    if (event.type === "start") {
      if (this.files === 0 && this.active.size === 0) this.speed = new SpeedMeter(now());
      this.begun = true;
      const file = { label: event.entry, transferred: 0, speed: new SpeedMeter(now()) };
      this.active.set(event.entry, file);
      hooks.started(file);
      return;
    }
    const file = this.active.get(event.entry);
    if (file === undefined) return;
    this.active.delete(event.entry);
    this.files++;
    this.#advance(file, event.entry.size);
    hooks.finished(file);
  }

  #advance(file: ActiveFile, transferred: number): void {
    this.bytes += transferred - file.transferred;
    file.transferred = transferred;
  }
}
