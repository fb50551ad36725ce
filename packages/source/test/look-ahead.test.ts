import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ScpEntry } from "../src/index.ts";
import { LookAhead } from "../src/parallel/look-ahead.ts";
import { directory, file } from "./support.ts";

/** Made when it is asked for: workerd allows no signal outside a test. */
const never = (): AbortSignal => new AbortController().signal;

/** Files that count how many of them are open. */
class Openings {
  opened = 0;
  cancelled = 0;

  file(name: string): ScpEntry {
    return file(name, "x", {
      open: () => {
        this.opened += 1;
        return new ReadableStream<Uint8Array>({
          cancel: () => {
            this.cancelled += 1;
          },
        });
      },
    });
  }

  files(count: number): ScpEntry[] {
    return Array.from({ length: count }, (_, index) => this.file(`f${index}`));
  }
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
}

async function names(ahead: LookAhead): Promise<string[]> {
  const found: string[] = [];
  for (let next = await ahead.next(); next !== undefined; next = await ahead.next()) {
    found.push(next.type === "failed" ? `failed ${next.path}` : next.label.path);
  }
  return found;
}

describe("LookAhead", () => {
  it("gives entries in order, from sync and async iterables", async () => {
    const entries = [file("a", ""), directory("d", []), file("b", ""), file("c", "")];
    assert.deepEqual(await names(new LookAhead(entries, "", never())), ["a", "d", "b", "c"]);
    async function* slow(): AsyncGenerator<ScpEntry> {
      for (const entry of entries) {
        await settle();
        yield entry;
      }
    }
    assert.deepEqual(await names(new LookAhead(slow(), "top", never())), ["top/a", "top/d", "top/b", "top/c"]);
    assert.deepEqual(await names(new LookAhead([], "", never())), []);
  });

  it("never has more files open than it was told, besides those that were taken", async () => {
    const openings = new Openings();
    const ahead = new LookAhead(openings.files(20), "", never(), 3);
    await settle();
    assert.equal(openings.opened, 0, "nothing is opened before something is wanted");
    for (let taken = 1; taken <= 20; taken += 1) {
      await ahead.next();
      await settle();
      assert.ok(openings.opened - taken <= 3, `${openings.opened} opened, ${taken} taken`);
      assert.equal(openings.opened, Math.min(20, taken + 3));
    }
    assert.equal(await ahead.next(), undefined);
  });

  it("opens nothing behind a subdirectory until that was taken", async () => {
    const openings = new Openings();
    const ahead = new LookAhead([openings.file("a"), directory("d", []), ...openings.files(5)], "", never());
    await ahead.next();
    await settle();
    assert.equal(openings.opened, 1);
    await ahead.next();
    await settle();
    assert.equal(openings.opened, 6);
  });

  it("goes on behind a subdirectory that cannot be sent", async () => {
    const entries = [directory("a\nb", []), directory("..", []), file("c", "")];
    assert.deepEqual(await names(new LookAhead(entries, "", never())), ["failed a\nb", "failed ..", "c"]);
  });

  it("rejects once, in its place, when the listing breaks, and then ends", async () => {
    async function* broken(): AsyncGenerator<ScpEntry> {
      yield file("a", "");
      throw new Error("Input/output error");
    }
    const ahead = new LookAhead(broken(), "", never());
    assert.equal((await ahead.next())?.type, "file");
    await assert.rejects(ahead.next(), { message: "Input/output error" });
    assert.equal(await ahead.next(), undefined);
  });

  it("closing cancels what is open and ends the iterator", async () => {
    const openings = new Openings();
    let ended = false;
    function* entries(): Generator<ScpEntry> {
      try {
        yield* openings.files(20);
      } finally {
        ended = true;
      }
    }
    const ahead = new LookAhead(entries(), "", never(), 4);
    await ahead.next();
    await settle();
    await ahead.close(new Error("over"));
    await settle();
    assert.equal(openings.opened, 5);
    assert.equal(openings.cancelled, 4, "the one that was taken belongs to the taker");
    assert.ok(ended);
    assert.equal(await ahead.next(), undefined);
  });

  it("cancels a body that is opened only after the close", async () => {
    let open: () => void = () => {};
    let reason: unknown;
    const body = new ReadableStream<Uint8Array>({
      cancel(why) {
        reason = why;
      },
    });
    const late = file("a", "x", {
      open: () =>
        new Promise((resolve) => {
          open = () => resolve(body);
        }),
    });
    const ahead = new LookAhead([late], "", never());
    ahead.next();
    await settle();
    // Taken by nobody: the second one.
    const second = new LookAhead([file("x", ""), late], "", never());
    await second.next();
    await settle();
    await second.close(new Error("over"));
    open();
    await settle();
    assert.ok(reason instanceof Error && reason.message === "over");
  });

  it("does not wait for an iterator that never answers, nor fail with one that breaks when it is ended", async () => {
    const stuck = new LookAhead(
      {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => {}),
          return: () => new Promise(() => {}),
        }),
      },
      "",
      never(),
    );
    stuck.next();
    await stuck.close(new Error("over"));
    function* broken(): Generator<ScpEntry> {
      try {
        yield file("a", "");
        yield file("b", "");
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: the caller's bug this is about
        throw new Error("Broken cleanup");
      }
    }
    const breaks = new LookAhead(broken(), "", never(), 1);
    await breaks.next();
    await breaks.close(new Error("over"));
  });
});
