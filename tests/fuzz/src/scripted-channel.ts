import type { ScpChannel } from "@scpkit/core";
import { concat } from "./input/bytes.ts";

/** A channel whose peer says what was given, then closes, and takes in everything. */
export interface ScriptedChannel extends ScpChannel {
  /** What the engine has written, once what was on its way has come out. */
  written(): Promise<Uint8Array>;
}

/** Makes a channel for one engine. Chunks come one per turn, so that the engine answers between them. */
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
