import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ScpReply } from "@scpkit/codec";
import type { ScpChannel } from "@scpkit/core";
import { ChannelIO } from "@scpkit/core/engine";
import fc from "fast-check";
import type { ScpReplyMode } from "../src/index.ts";
import { ReplySender, type ReplySlot } from "../src/reply-sender.ts";

const ok: ScpReply = { type: "ok" };
const no: ScpReply = { type: "warning", message: "no" };

/** A sender whose bytes are counted. */
class Counted {
  readonly sender: ReplySender;
  sent = "";

  constructor(mode: ScpReplyMode, preserve: boolean) {
    const writable = new WritableStream<Uint8Array>({
      write: (chunk) => {
        this.sent += String.fromCharCode(...chunk);
      },
    });
    const channel: ScpChannel = { readable: new ReadableStream(), writable };
    this.sender = new ReplySender(new ChannelIO(channel), mode, preserve);
  }

  async answer(slot: ReplySlot, reply: ScpReply = ok): Promise<void> {
    this.sender.answer(slot, reply);
    await this.sender.flush();
    await new Promise<void>((resolve) => queueMicrotask(resolve));
  }

  get replies(): number {
    return this.sent.replace(/[\x01\x02][^\n]*\n/g, "\0").length;
  }
}

/** The slots of a tree: `true` is a file, `false` a refused entry, an array a directory. */
type Tree = readonly (boolean | Tree)[];

function slotsOf(tree: Tree, preserve: boolean): ReplySlot[] {
  return tree.flatMap((entry) => {
    const times: ReplySlot[] = preserve ? ["times"] : [];
    if (entry === false) return [...times, "refused"];
    if (entry === true) return [...times, "file", "body"];
    return [...times, "directory", ...slotsOf(entry, preserve), "end"];
  });
}

const { tree } = fc.letrec<{ tree: Tree; entry: boolean | Tree }>((tie) => ({
  tree: fc.array(tie("entry"), { maxLength: 5 }),
  entry: fc.oneof({ depthSize: "small" }, fc.boolean(), tie("tree")),
}));

describe("ReplySender", () => {
  it("in lockstep sends each reply when it is due and none before", async () => {
    const counted = new Counted("lockstep", true);
    const slots: ReplySlot[] = ["start", ...slotsOf([true, [true, false], false], true)];
    for (const [index, slot] of slots.entries()) {
      assert.equal(counted.sender.committed, false);
      await counted.answer(slot, slot === "refused" ? no : ok);
      assert.equal(counted.replies, index + 1);
    }
  });

  it("never lets a source wait for a reply that is due, nor runs ahead of what the mode allows", async () => {
    const modes = fc.constantFrom<ScpReplyMode>("lockstep", "overlapped", "pipelined");
    await fc.assert(
      fc.asyncProperty(tree, modes, fc.boolean(), async (entries, mode, preserve) => {
        const counted = new Counted(mode, preserve);
        const most = { lockstep: 0, overlapped: preserve ? 2 : 1, pipelined: 4096 }[mode];
        let due = 1;
        await counted.answer("start");
        for (const slot of slotsOf(entries, preserve)) {
          const decides = slot === "file" || slot === "directory" || slot === "refused";
          if (mode === "overlapped" && decides)
            assert.equal(counted.sender.committed, false, `${slot} was answered ahead`);
          const refuses = slot === "refused" && mode !== "pipelined";
          due += 1;
          await counted.answer(slot, refuses ? no : ok);
          assert.ok(counted.replies >= due, `${counted.replies} replies sent, ${due} due`);
          assert.ok(counted.replies - due <= most, `${counted.replies} replies sent, ${due} due`);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("a peer that sends other records than expected gets nothing refused that was granted", async () => {
    // With `overlapped` and times, a T is expected next. A C gets the reply that was sent ahead for it.
    const counted = new Counted("overlapped", true);
    await counted.answer("start");
    assert.equal(counted.sender.committed, true);
    await counted.answer("file", no);
    assert.doesNotMatch(counted.sent, /no/);
  });

  it("sends what is due in one write", async () => {
    const counted = new Counted("lockstep", false);
    for (const slot of ["start", "directory", "end"] as const) counted.sender.answer(slot, ok);
    counted.sender.answer("refused", no);
    counted.sender.answer("end", ok);
    await counted.sender.flush();
    assert.equal(counted.sent, "\0\0\0\x01no\n\0");
  });

  it("in window mode tops up before the source runs dry, in few writes", async () => {
    const counted = new Counted("pipelined", false);
    await counted.answer("start");
    let writes = 0;
    let before = counted.replies;
    for (let taken = 0; taken < 50_000; taken += 1) {
      counted.sender.answer("file", ok);
      const flushing = counted.sender.flush();
      if (flushing !== undefined) await flushing;
      if (counted.replies !== before) writes += 1;
      before = counted.replies;
    }
    assert.ok(writes < 100, `${writes} writes`);
  });
});
