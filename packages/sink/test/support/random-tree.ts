import { joinBytes } from "@scpkit/channel";
import { createName, type ScpName } from "@scpkit/codec";
import type { ScpBody, ScpEntry } from "@scpkit/source";
import fc from "fast-check";

/** A file or directory of a random tree, and what goes wrong with it. */
export interface Leaf {
  readonly type: "file";
  readonly name: ScpName;
  readonly mode: number;
  readonly mtime: number | undefined;
  /** Length and content of each chunk; short, so that a counterexample can be read. */
  readonly chunks: readonly (readonly [length: number, fill: number])[];
  readonly form: "bytes" | "stream" | "opened";
}

export interface Branch {
  readonly type: "directory";
  readonly name: ScpName;
  readonly mode: number;
  readonly mtime: number | undefined;
  readonly children: readonly Node[];
}

export type Node = Leaf | Branch;

/** Trouble an entry makes while it is sent; `at` is a chunk or a child. */
export type SourceTrouble = "open" | "break" | "short" | "list";

const text = fc
  .string({ unit: "binary", minLength: 1, maxLength: 12 })
  .filter((value) => !/[/\0\n]/.test(value) && value !== "." && value !== ".." && value.isWellFormed());
const raw = fc
  .uint8Array({ min: 0x80, max: 0xff, minLength: 1, maxLength: 4 })
  .map((bytes) => createName(Uint8Array.from([0x78, ...bytes])));
const name = fc.oneof({ weight: 4, arbitrary: text.map((value) => createName(value)) }, { weight: 1, arbitrary: raw });
const mtime = fc.option(fc.integer({ min: 0, max: 4_000_000_000 }), { nil: undefined });
const mode = fc.integer({ min: 0, max: 0o7777 });

const length = fc.oneof({ weight: 8, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(150_000) });
const chunk = fc.tuple(length, fc.nat(255));

const { nodes } = fc.letrec<{ nodes: Node[]; node: Node; leaf: Leaf; branch: Branch }>((tie) => ({
  leaf: fc.record({
    type: fc.constant("file"),
    name,
    mode,
    mtime,
    chunks: fc.array(chunk, { maxLength: 4 }),
    form: fc.constantFrom("bytes", "stream", "opened"),
  }),
  branch: fc.record({ type: fc.constant("directory"), name, mode, mtime, children: tie("nodes") }),
  node: fc.oneof({ depthSize: "xsmall", withCrossShrink: true }, tie("leaf"), tie("branch")),
  nodes: fc.uniqueArray(tie("node"), { maxLength: 5, selector: (node: Node) => node.name.text }),
}));

/** Files and directories whose names differ within each directory. */
export const randomTree: fc.Arbitrary<Node[]> = nodes;

/** All nodes with their paths, parents first. */
export function flatten(tree: readonly Node[], parent = ""): { readonly path: string; readonly node: Node }[] {
  return tree.flatMap((node) => {
    const path = parent === "" ? node.name.text : `${parent}/${node.name.text}`;
    return [{ path, node }, ...(node.type === "directory" ? flatten(node.children, path) : [])];
  });
}

/** The entries of a tree; `trouble` says what goes wrong at a path. */
export function toEntries(
  tree: readonly Node[],
  trouble: ReadonlyMap<string, SourceTrouble> = new Map(),
  parent = "",
): ScpEntry[] {
  return tree.map((node): ScpEntry => {
    const path = parent === "" ? node.name.text : `${parent}/${node.name.text}`;
    const times = node.mtime === undefined ? undefined : { mtimeMs: node.mtime * 1000 + 7, atimeMs: 5000 };
    const wrong = trouble.get(path);
    const { name, mode } = node;
    if (node.type === "directory") {
      const children = toEntries(node.children, trouble, path);
      const entries = wrong === "list" ? () => breaking(children) : () => children;
      return { type: "directory", name, mode, times, entries };
    }
    const size = bytesOf(node).length;
    return {
      type: "file",
      name,
      mode,
      times,
      size: node.form === "opened" ? size + 5 : size,
      async open() {
        if (wrong === "open") throw new Error(`${path} cannot be opened`);
        const body = openBody(node, wrong);
        return node.form === "opened" ? { body, size } : body;
      },
    };
  });
}

/** The body of a file in one piece. */
export function bytesOf({ chunks }: Leaf): Uint8Array {
  return joinBytes(chunks.map(bytesOfChunk));
}

/** Counts up from `fill`, so that no two stretches of a body are alike. */
function bytesOfChunk([length, fill]: readonly [number, number]): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => fill + index * 7);
}

function openBody(leaf: Leaf, wrong: SourceTrouble | undefined): ScpBody {
  const left = leaf.chunks.map(bytesOfChunk);
  if (wrong !== undefined) left.pop();
  if (leaf.form === "bytes") return joinBytes(left);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = left.shift();
        if (next !== undefined) controller.enqueue(next);
        else if (wrong === "break") controller.error(new Error("Input/output error"));
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* breaking(children: readonly ScpEntry[]): AsyncGenerator<ScpEntry> {
  yield* children.slice(0, 1);
  throw new Error("Input/output error");
}
