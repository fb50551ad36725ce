/**
 * A target that keeps what it receives in memory.
 *
 * @module
 */
import type { ScpTimes } from "@scpkit/codec";
import { joinBytes } from "@scpkit/core/engine";
import { resolveDestination, type ScpResolveDestinationOptions } from "./resolve-destination.ts";
import type { ScpEntryInfo, ScpTarget } from "./target.ts";

/** A file or directory that arrived. */
export interface MemoryEntry {
  readonly type: "file" | "directory";
  /** Permission bits as sent. */
  readonly mode: number;
  readonly times?: ScpTimes | undefined;
  /** The body; empty for a directory. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A target that keeps everything in memory. It stands for the root of what it keeps. */
export interface MemoryTarget extends ScpTarget {
  /**
   * What has arrived whole, by path (names joined with `/`), in order of arrival; a directory is listed when it is entered.
   * A second file of the same path replaces the first.
   */
  readonly entries: ReadonlyMap<string, MemoryEntry>;
  /**
   * Returns the target for a path of a client, in the same memory, by scp's rule ({@link resolveDestination}). A directory exists once it
   * was received, or once something is stored below it.
   *
   * @param options the parsed command of a server fits
   * @throws {ScpDestinationError} as `resolveDestination`
   */
  at(path: string, options?: Pick<ScpResolveDestinationOptions, "targetIsDirectory">): Promise<ScpTarget>;
}

/** Makes a target for tests and small things: nothing bounds what it holds but the limits of the transfer. */
export function createMemoryTarget(): MemoryTarget {
  const entries = new Map<string, MemoryEntry>();
  const level: ScpTarget = {
    file(entry, { path }) {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      return new WritableStream<Uint8Array>({
        write(chunk) {
          // Not slice(): a Buffer's slice is a view.
          chunks.push(new Uint8Array(chunk));
        },
        close() {
          entries.set(path, describe(entry, joinBytes(chunks)));
        },
      });
    },
    directory(entry, { path }) {
      entries.set(path, describe(entry, new Uint8Array()));
      return level;
    },
  };
  const typeOf = (path: string): MemoryEntry["type"] | undefined => {
    const isParent = [...entries.keys()].some((key) => key.startsWith(`${path}/`));
    return isParent ? "directory" : entries.get(path)?.type;
  };
  return {
    ...level,
    entries,
    async at(path, { targetIsDirectory } = {}) {
      return { ...level, destination: await resolveDestination(path, { typeOf, targetIsDirectory }) };
    },
  };
}

function describe({ type, mode, times }: ScpEntryInfo, bytes: Uint8Array<ArrayBuffer>): MemoryEntry {
  return { type, mode, times, bytes };
}
