import type { ScpExecChannel, ScpTransport } from "@scpkit/core";
import type { ScpFault } from "./fault.ts";

/** Options of {@link faultyTransport}. */
export interface FaultyTransportOptions {
  /** The maximum size in bytes of each piece that is read or written. @default Infinity */
  readonly pieceBytes?: number | undefined;
}

/**
 * Returns a transport whose calls pass through `fault`: `exec`, `read` for each received chunk, `write` for each sent
 * chunk, `end` for the end of this side's input. A channel that has failed stays failed.
 */
export function faultyTransport(
  transport: ScpTransport,
  fault: ScpFault,
  options: FaultyTransportOptions = {},
): ScpTransport {
  const { pieceBytes = Number.POSITIVE_INFINITY } = options;
  return {
    peerIdentification: transport.peerIdentification,
    async exec(command, execOptions) {
      await fault.pass("exec", execOptions?.signal);
      const channel = await transport.exec(command, execOptions);
      const over = new AbortController();
      let delivered = (): void => {};
      const delivery = new Promise<void>((resolve) => {
        delivered = resolve;
      });
      const closed = channel.closed.then(async (exit) => {
        await delivery;
        return exit;
      });
      const close = async (): Promise<void> => {
        over.abort(new Error("The channel was closed"));
        delivered();
        await channel.close();
      };
      return {
        readable: faultyReadable(channel, fault, pieceBytes, over, delivered),
        writable: faultyWritable(channel, fault, pieceBytes, over.signal),
        stderr: channel.stderr,
        closed,
        close,
        [Symbol.asyncDispose]: close,
      };
    },
  };
}

function faultyReadable(
  channel: ScpExecChannel,
  fault: ScpFault,
  pieceBytes: number,
  over: AbortController,
  delivered: () => void,
): ReadableStream<Uint8Array> {
  const reader = channel.readable.getReader();
  reader.closed.catch(() => {});
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read().catch((error: unknown) => {
          delivered();
          throw error;
        });
        try {
          await fault.pass("read", over.signal);
        } catch (error) {
          delivered();
          await reader.cancel(error).catch(() => {});
          throw error;
        }
        if (over.signal.aborted) return;
        if (done) {
          controller.close();
          delivered();
        } else for (const piece of pieces(value, pieceBytes)) controller.enqueue(piece);
      },
      async cancel(reason) {
        over.abort(reason);
        delivered();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function faultyWritable(
  channel: ScpExecChannel,
  fault: ScpFault,
  pieceBytes: number,
  signal: AbortSignal,
): WritableStream<Uint8Array> {
  const writer = channel.writable.getWriter();
  writer.closed.catch(() => {});
  const guarded = async (name: string, call: () => Promise<void>): Promise<void> => {
    try {
      await fault.pass(name, signal);
    } catch (error) {
      await writer.abort(error).catch(() => {});
      throw error;
    }
    await call();
  };
  return new WritableStream<Uint8Array>({
    start(controller) {
      // Errors of the transport itself reach the writer at once.
      writer.closed.catch((error: unknown) => controller.error(error));
    },
    async write(chunk) {
      for (const piece of pieces(chunk, pieceBytes)) await guarded("write", () => writer.write(piece));
    },
    close: () => guarded("end", () => writer.close()),
    abort: (reason) => writer.abort(reason),
  });
}

function* pieces(chunk: Uint8Array, most: number): Generator<Uint8Array> {
  if (chunk.byteLength <= most) yield chunk;
  else for (let at = 0; at < chunk.byteLength; at += most) yield chunk.subarray(at, at + most);
}
