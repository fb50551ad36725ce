import { ChannelPort, clientLimits, type ScpChannel, type ScpTransferSummary, TransferLog } from "@scpkit/channel";
import type { ScpEntries } from "./entry.ts";
import { Lane } from "./lane.ts";
import { LookAhead } from "./look-ahead.ts";
import type { ScpSendOptions } from "./options.ts";
import { discardEntry, type PreparedDirectory, type PreparedEntry } from "./prepared-entry.ts";

/** How long records are held back for the next entry to join them, in ms: longer than opening a local file, shorter than it matters. */
const holdMs = 5;

/**
 * Sends `entries` to a sink, in order, depth first.
 *
 * @returns what arrived; everything did
 * @throws {ScpIncompleteError} all was tried, with failures: entries that could not be opened or read, or that the peer refused
 * @throws {ScpPeerError} the sink was not ready, or gave up (`\2`)
 * @throws {ScpProtocolError} the peer closed before it had answered, or answered something that is no reply (`line` has its words)
 * @throws {ScpLimitError} a limit was reached
 * @throws {ScpFatalError} an entry ended the transfer
 */
export async function sendEntries(
  channel: ScpChannel,
  entries: ScpEntries,
  options: ScpSendOptions = {},
): Promise<ScpTransferSummary> {
  const limits = { ...clientLimits, ...options.limits };
  const log = new TransferLog(options.onEvent, limits.maxPeerErrors);
  const port = new ChannelPort(channel, { signal: options.signal, limits });
  const walk = new Walk(entries, port);
  try {
    const lane = new Lane(port, log, options);
    await lane.start();
    await walk.run(lane);
    await lane.finish();
    port.release();
    return log.conclude();
  } catch (error) {
    port.fail(error);
    await walk.close(error);
    throw error;
  }
}

interface Level {
  readonly children: LookAhead;
  readonly directory: PreparedDirectory | undefined;
}

/** Drives a lane through a tree without recursion. */
class Walk {
  readonly #port: ChannelPort;
  readonly #levels: Level[];

  constructor(entries: ScpEntries, port: ChannelPort) {
    this.#port = port;
    this.#levels = [{ children: new LookAhead(entries, "", port.signal), directory: undefined }];
  }

  async run(lane: Lane): Promise<void> {
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      const prepared = await this.#next(level, lane);
      if (prepared === undefined) {
        this.#levels.pop();
        if (level.directory !== undefined) lane.leave(level.directory.label);
      } else {
        await this.#send(prepared, lane);
      }
    }
  }

  /** Ends everything that was handed out. */
  async close(reason: unknown): Promise<void> {
    for (const { children } of this.#levels.reverse()) await children.close(reason);
  }

  async #send(prepared: PreparedEntry, lane: Lane): Promise<void> {
    if (prepared.type === "failed") {
      lane.report(prepared.path, prepared.error);
    } else if (prepared.type === "file") {
      await lane.file(prepared);
    } else if (await lane.enter(prepared)) {
      const { path } = prepared.label;
      const { signal } = this.#port;
      const children = new LookAhead(prepared.entry.entries({ path, signal }), path, signal);
      this.#levels.push({ children, directory: prepared });
    }
  }

  /** The next entry of a level. What the lane holds back waits for it a moment, then leaves without it. */
  async #next({ children, directory }: Level, lane: Lane): Promise<PreparedEntry | undefined> {
    const next = children.next().catch((error: unknown): PreparedEntry => {
      return { type: "failed", path: directory?.label.path ?? "", error };
    });
    const timer = lane.holding
      ? setTimeout(() => lane.flush().catch((e: unknown) => this.#port.fail(e)), holdMs)
      : undefined;
    try {
      return await this.#port.waitForOwn(next);
    } catch (error) {
      next.then((prepared) => prepared !== undefined && discardEntry(prepared, error));
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
