import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { toLatin1 } from "@scpkit/conformance";
import { createChannelPair, type ScpExit, ScpIncompleteError, type ScpTransport } from "@scpkit/core";
import { receiveEntries, type ScpTarget } from "@scpkit/sink";
import { createMemoryTarget, type MemoryTarget } from "@scpkit/sink/memory";
import {
  bytesOf,
  flatten,
  type Node,
  randomTree,
  type SourceTrouble,
  toEntries,
} from "@scpkit/test-support/memory/random-tree";
import { lengths, rechunk } from "@scpkit/test-support/memory/rechunk";
import { type Outcome, settle } from "@scpkit/test-support/memory/settle";
import fc from "fast-check";
import { upload } from "../src/index.ts";

const timeout = 60_000;

interface Lane {
  readonly target: ScpTarget;
  readonly cutAfter?: number | undefined;
}

/** A server whose every command stores into what `lane` gives it. */
function server(sizes: readonly number[], lane: (index: number) => Lane): ScpTransport {
  let started = 0;
  return {
    peerIdentification: "SSH-2.0-OpenSSH_9.2",
    async exec() {
      const { target, cutAfter } = lane(started++);
      const [near, far] = createChannelPair();
      const abort = new AbortController();
      const closed = receiveEntries(far, target, { signal: abort.signal, describeError: (_, path) => path }).then(
        (): ScpExit => ({ code: 0 }),
        (error: unknown): ScpExit => (error instanceof ScpIncompleteError ? { code: 1 } : {}),
      );
      const close = async (): Promise<void> => {
        abort.abort(new Error("Closed"));
        await closed;
      };
      const stderr = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
      const channel = rechunk(near, sizes, { out: cutAfter });
      return { ...channel, stderr, closed, close, [Symbol.asyncDispose]: close };
    },
  };
}

/** `type mode bytes` by path. */
function wanted(tree: readonly Node[]): Map<string, string> {
  return new Map(
    flatten(tree).map(({ path, node }) => {
      const body = node.type === "file" ? toLatin1(bytesOf(node)) : "";
      return [path, `${node.type} ${node.mode & 0o6777} ${body}`];
    }),
  );
}

function arrived({ entries }: MemoryTarget): Map<string, string> {
  return new Map([...entries].map(([path, { type, mode, bytes }]) => [path, `${type} ${mode} ${toLatin1(bytes)}`]));
}

function expectMissingNamedOnce(outcome: Outcome, tree: readonly Node[], memory: MemoryTarget): void {
  assert.ok("summary" in outcome, String("error" in outcome && outcome.error));
  const paths = outcome.summary.failures.map(({ path }) => path);
  const named = new Set(paths);
  assert.equal(paths.length, named.size, "a failure is there twice");
  const found = arrived(memory);
  for (const [path, content] of wanted(tree)) {
    if (!isNamed(path, named)) assert.equal(found.get(path), content, `${JSON.stringify(path)} is missing`);
  }
}

function isNamed(path: string, named: ReadonlySet<string>): boolean {
  const parts = path.split("/");
  return parts.some((_, index) => named.has(parts.slice(0, index + 1).join("/")));
}

describe("Lanes into memory", () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  before(() => void process.on("unhandledRejection", onUnhandled));
  after(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off("unhandledRejection", onUnhandled);
    assert.deepEqual(unhandled, []);
  });

  it("with trouble on either side: what is missing is named once, the rest arrives", { timeout }, async () => {
    const sourceTrouble = fc.constantFrom<SourceTrouble>("open", "break", "short", "list");
    await fc.assert(
      fc.asyncProperty(
        randomTree,
        fc.integer({ min: 2, max: 5 }),
        lengths,
        fc.array(fc.tuple(fc.nat(), sourceTrouble), { maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 3 }),
        async (tree, lanes, sizes, atSource, refused) => {
          const all = flatten(tree);
          const at = (index: number): string => all[index % Math.max(1, all.length)]?.path ?? "";
          const trouble = new Map(atSource.map(([index, what]) => [at(index), what]));
          const wrong = new Set(refused.map(at));
          const memory = createMemoryTarget();
          const target = picky(memory, (path) => wrong.has(path));
          const outcome = await settle(
            upload(
              server(sizes, () => ({ target })),
              "to",
              toEntries(tree, trouble),
              { parallel: lanes },
            ),
          );
          expectMissingNamedOnce(outcome, tree, memory);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("a directory that only one lane is let into is sent by that lane", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(randomTree, fc.integer({ min: 2, max: 5 }), lengths, async (tree, lanes, sizes) => {
        const memory = createMemoryTarget();
        const owners = new Map<string, number>();
        const transport = server(sizes, (index) => ({
          target: picky(memory, (path, type) => {
            if (type === "file") return false;
            if (!owners.has(path)) owners.set(path, index);
            return owners.get(path) !== index;
          }),
        }));
        const outcome = await settle(upload(transport, "to", toEntries(tree), { parallel: lanes }));
        assert.ok("summary" in outcome, String("error" in outcome && outcome.error));
        assert.deepEqual(outcome.summary.failures, []);
        assert.deepEqual([...arrived(memory)].sort(), [...wanted(tree)].sort());
      }),
      { numRuns: 40 },
    );
  });

  it("a directory that no lane is let into again: what is left of it is named, once", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(randomTree, fc.integer({ min: 2, max: 5 }), lengths, async (tree, lanes, sizes) => {
        const memory = createMemoryTarget();
        const entered = new Set<string>();
        const target = picky(memory, (path, type) => {
          if (type === "file") return false;
          const again = entered.has(path);
          entered.add(path);
          return again;
        });
        const outcome = await settle(
          upload(
            server(sizes, () => ({ target })),
            "to",
            toEntries(tree),
            { parallel: lanes },
          ),
        );
        expectMissingNamedOnce(outcome, tree, memory);
      }),
      { numRuns: 40 },
    );
  });

  it("a lane that is cut anywhere: the transfer ends, and nothing half is stored", { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(
        randomTree,
        fc.integer({ min: 2, max: 5 }),
        lengths,
        fc.nat(4),
        fc.nat(1500),
        async (tree, lanes, sizes, which, cutAfter) => {
          const memory = createMemoryTarget();
          const transport = server(sizes, (index) => ({
            target: memory,
            cutAfter: index === which ? cutAfter : undefined,
          }));
          const outcome = await settle(upload(transport, "to", toEntries(tree), { parallel: lanes }));
          const expected = wanted(tree);
          const found = arrived(memory);
          for (const [path, content] of found) assert.equal(content, expected.get(path), `${path} is damaged`);
          if ("summary" in outcome) {
            assert.deepEqual(outcome.summary.failures, []);
            assert.deepEqual([...found].sort(), [...expected].sort());
          } else {
            assert.ok(outcome.error instanceof Error, String(outcome.error));
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** A memory target that refuses some entries. */
function picky(memory: MemoryTarget, refuses: (path: string, type: "file" | "directory") => boolean): ScpTarget {
  const target: ScpTarget = {
    file(entry, context) {
      if (refuses(context.path, "file")) throw new Error("Not wanted");
      return memory.file(entry, context);
    },
    async directory(entry, context) {
      if (refuses(context.path, "directory")) throw new Error("Not wanted");
      await memory.directory?.(entry, context);
      return target;
    },
  };
  return target;
}
