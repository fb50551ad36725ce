import type { ScpTarget } from "@scpkit/sink";

/** How a {@link createRecordingTarget} misbehaves, by path. */
export interface Faults {
  readonly refuse?: readonly string[];
  readonly breakOnWrite?: readonly string[];
  readonly breakOnCommit?: readonly string[];
}

/**
 * A target that writes down what is asked of it: `open a`, `write a 5`, `commit a`, `roll back a`, `enter d`, `leave
 * d`, `abandon d`.
 */
export function createRecordingTarget(faults: Faults = {}): { readonly target: ScpTarget; readonly calls: string[] } {
  const calls: string[] = [];
  const level = (name: string): ScpTarget => ({
    file(_, { path }) {
      if (faults.refuse?.includes(path)) throw new Error(`refused ${path}`);
      calls.push(`open ${path}`);
      return new WritableStream<Uint8Array>({
        write(chunk) {
          if (faults.breakOnWrite?.includes(path)) throw new Error(`write ${path}`);
          calls.push(`write ${path} ${chunk.byteLength}`);
        },
        close() {
          if (faults.breakOnCommit?.includes(path)) throw new Error(`commit ${path}`);
          calls.push(`commit ${path}`);
        },
        abort() {
          calls.push(`roll back ${path}`);
        },
      });
    },
    directory(_, { path }) {
      calls.push(`enter ${path}`);
      return level(path);
    },
    close() {
      calls.push(`leave ${name}`);
    },
    abort() {
      calls.push(`abandon ${name}`);
    },
  });
  return { target: level(""), calls };
}
