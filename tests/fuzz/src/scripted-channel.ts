import type { ScpChannel } from "@scpkit/core";
import { concat } from "./input/bytes.ts";

/** A channel whose peer sends the given chunks, then closes, and reads everything. */
export interface ScriptedChannel extends ScpChannel {
  /** Returns everything that the engine has written, including pending writes. */
  written(): Promise<Uint8Array>;
}

/**
 * Creates a channel for one engine. One chunk arrives per turn of the event loop, so that the engine can answer in
 * between.
 */
export function createScriptedChannel(chunks: readonly Uint8Array[]): ScriptedChannel {
  const output: Uint8Array[] = [];
  let next = 0;
  return {
    readable: new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const chunk = chunks[next];
          next += 1;
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        },
      },
      { highWaterMark: 0 },
    ),
    writable: new WritableStream<Uint8Array>({
      write(chunk) {
        output.push(chunk.slice());
      },
    }),
    async written() {
      await new Promise((resolve) => setImmediate(resolve));
      return concat(...output);
    },
  };
}
