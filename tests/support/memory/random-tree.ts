import type { ScpBody, ScpEntries, ScpEntry } from "@scpkit/source";
import fc from "fast-check";

/** A file or directory of a generated tree. `mtime` is in seconds. */
export interface Node {
  readonly type: "file" | "directory";
  readonly name: string;
  readonly mode: number;
  readonly mtime: number | undefined;
  readonly size: number;
  readonly children: readonly Node[];
}

/**
 * What goes wrong on the source's side: opening fails, the body breaks half way or ends early, the listing breaks after
 * its children.
 */
export type SourceTrouble = "open" | "break" | "short" | "list";

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("a", "b", "c", "d", "e") },
  fc
    .string({ unit: "binary", minLength: 1, maxLength: 8 })
    .filter((text) => !/^\.{1,2}$|[/\0\n]/.test(text) && text.isWellFormed()),
);
const common = {
  name,
  mode: fc.integer({ min: 0, max: 0o6777 }),
  mtime: fc.option(fc.integer({ min: 0, max: 2_000_000_000 }), { nil: undefined }),
};
const size = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 1500 }) },
  { weight: 1, arbitrary: fc.constant(20_000) },
);
const file = fc.record({ type: fc.constant("file" as const), ...common, size, children: fc.constant([]) });

/** Trees of up to four levels; names are unique within a directory. */
export const randomTree: fc.Arbitrary<readonly Node[]> = fc.letrec<{ nodes: readonly Node[]; node: Node }>((tie) => ({
  nodes: fc.uniqueArray(tie("node"), { maxLength: 5, selector: (node) => node.name }),
  node: fc.oneof(
    { maxDepth: 3, depthSize: "medium" },
    file,
    fc.record({ type: fc.constant("directory" as const), ...common, size: fc.constant(0), children: tie("nodes") }),
  ),
})).nodes;

/** All nodes with their paths, depth first. */
export function flatten(tree: readonly Node[], parent = ""): { readonly path: string; readonly node: Node }[] {
  return tree.flatMap((node) => {
    const path = parent === "" ? node.name : `${parent}/${node.name}`;
    return [{ path, node }, ...flatten(node.children, path)];
  });
}

/** The body of a file: told by its name and size. */
export function bytesOf({ name, size }: Node): Uint8Array {
  const seed = name.codePointAt(0) ?? 0;
  return Uint8Array.from({ length: size }, (_, index) => (seed + index * 7) & 0xff);
}

/** The tree as entries to send, with troubles by path. Every second file is a stream, the others are bytes. */
export function toEntries(
  tree: readonly Node[],
  trouble: ReadonlyMap<string, SourceTrouble> = new Map(),
  parent = "",
): ScpEntries {
  return tree.map((node): ScpEntry => {
    const { type, name, mode, mtime, size } = node;
    const path = parent === "" ? name : `${parent}/${name}`;
    const times = mtime === undefined ? undefined : { mtimeMs: mtime * 1000, atimeMs: 0 };
    const wrong = trouble.get(path);
    if (type === "file") return { type, name, mode, size, times, open: () => openBody(node, wrong) };
    return {
      type,
      name,
      mode,
      times,
      *entries() {
        yield* toEntries(node.children, trouble, path) as Iterable<ScpEntry>;
        if (wrong === "list") throw new Error("Input/output error");
      },
    };
  });
}

function openBody(node: Node, wrong: SourceTrouble | undefined): ScpBody {
  if (wrong === "open") throw new Error("Permission denied");
  const bytes = bytesOf(node);
  if (wrong !== "break" && wrong !== "short" && node.mode % 2 === 0) return bytes;
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (wrong !== undefined) {
        if (half.length > 0) controller.enqueue(half);
        if (wrong === "break") controller.error(new Error("Input/output error"));
        else controller.close();
        return;
      }
      for (let at = 0; at < bytes.length; at += 1000) controller.enqueue(bytes.subarray(at, at + 1000));
      controller.close();
    },
  });
}
