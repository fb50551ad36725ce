import { joinBytes } from "@scpkit/core/engine";
import type { ScpTarget } from "@scpkit/sink";

/** A target in memory that holds the engine to its contract. */
export interface Ledger {
  readonly target: ScpTarget;
  /** Bodies by path, as committed; directories end with a slash and have none. */
  readonly committed: ReadonlyMap<string, Uint8Array>;
  /** What the engine did that it must not do; files that are neither committed nor rolled back. */
  problems(): string[];
}

/** Makes an empty one. */
export function createLedger(): Ledger {
  const committed = new Map<string, Uint8Array>();
  const broken: string[] = [];
  const open = new Set<string>();
  let number = 0;

  const level: ScpTarget = {
    file(entry, { path, signal }) {
      const id = `${path} (${number++})`;
      const chunks: Uint8Array[] = [];
      const settle = (how: string): void => {
        if (!open.delete(id)) broken.push(`${how} of ${id}, which is settled`);
      };
      if (signal.aborted) broken.push(`opened ${id} after the end`);
      open.add(id);
      return new WritableStream<Uint8Array>({
        write(chunk) {
          chunks.push(chunk.slice());
        },
        close() {
          settle("close");
          const body = joinBytes(chunks);
          if (body.byteLength !== entry.size) broken.push(`${id} has ${body.byteLength} bytes of ${entry.size}`);
          if (/(^|\/)(\.{0,2})(\/|$)|[\0\n]/.test(path)) broken.push(`${id} is no name`);
          committed.set(path, body);
        },
        abort: () => settle("abort"),
      });
    },
    directory(_, { path }) {
      const id = `${path}/ (${number++})`;
      open.add(id);
      const settle = (how: string): void => {
        if (!open.delete(id)) broken.push(`${how} of ${id}, which is settled`);
      };
      return {
        ...level,
        close() {
          settle("close");
          committed.set(`${path}/`, new Uint8Array());
        },
        abort: () => settle("abort"),
      };
    },
  };
  return {
    target: level,
    committed,
    problems: () => [...broken, ...[...open].map((id) => `${id} is neither committed nor rolled back`)],
  };
}
