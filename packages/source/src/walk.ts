import type { ScpEntries } from "./entry.ts";
import type { ScpLane } from "./lane.ts";
import { LookAhead } from "./parallel/look-ahead.ts";
import { discardEntry, listChildren, type PreparedDirectory, type PreparedEntry } from "./parallel/prepared-entry.ts";
import { sendFile } from "./send-file.ts";

interface Level {
  readonly children: LookAhead;
  readonly directory: PreparedDirectory | undefined;
}

/** Drives a lane through a tree without recursion. */
export class Walk {
  readonly #path: string;
  readonly #signal: AbortSignal;
  readonly #levels: Level[];

  /** @param path of the directory the entries are in; empty at the top */
  constructor(entries: ScpEntries, path: string, signal: AbortSignal) {
    this.#path = path;
    this.#signal = signal;
    this.#levels = [{ children: new LookAhead(entries, path, signal), directory: undefined }];
  }

  /** Sends everything. The last records may be held back. */
  async run(lane: ScpLane): Promise<void> {
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      const prepared = await this.#next(level, lane);
      if (prepared === undefined) {
        this.#levels.pop();
        if (level.directory !== undefined) await lane.leave(level.directory.label);
      } else {
        await this.#send(prepared, lane);
      }
    }
  }

  /** Ends everything that was handed out. */
  async close(reason: unknown): Promise<void> {
    for (const { children } of this.#levels.reverse()) await children.close(reason);
  }

  async #send(prepared: PreparedEntry, lane: ScpLane): Promise<void> {
    if (prepared.type === "failed") {
      lane.report(prepared.path, prepared.error);
    } else if (prepared.type === "file") {
      await sendFile(lane, prepared, this.#signal);
    } else if (await lane.enter(prepared)) {
      const children = new LookAhead(listChildren(prepared, this.#signal), prepared.label.path, this.#signal);
      this.#levels.push({ children, directory: prepared });
    }
  }

  /** The next entry of a level; a listing that breaks becomes a failure of its directory. */
  async #next({ children, directory }: Level, lane: ScpLane): Promise<PreparedEntry | undefined> {
    const next = children.next().catch((error: unknown): PreparedEntry => {
      return { type: "failed", path: directory?.label.path ?? this.#path, error };
    });
    try {
      return await lane.holdFor(next);
    } catch (error) {
      next.then((prepared) => prepared !== undefined && discardEntry(prepared, error));
      throw error;
    }
  }
}
