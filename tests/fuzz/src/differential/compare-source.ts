import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { concat, fromLatin1, toLatin1 } from "../input/bytes.ts";
import { someChunks } from "../input/chunkings.ts";
import { mutate } from "../input/mutate.ts";
import type { Random } from "../input/random.ts";
import { runOurScp, runRealScp, type ScpOutcome, type ScpRun } from "./run-scp.ts";

/** The replies of a sink to `scp -f`, and the requested paths. */
export interface ReplySession {
  readonly run: ScpRun;
  readonly bytes: Uint8Array;
}

/** The output of both sources, in a form that can be compared. */
export interface SourceComparison {
  readonly session: ReplySession;
  readonly theirs: ScpOutcome;
  readonly ours: ScpOutcome;
}

const replies = [
  "\0",
  "\0",
  "\0",
  "\0",
  "\0",
  "\0",
  "\0",
  "\0",
  "\x01scp: no\n",
  "\x01\n",
  "\x02over\n",
  "hello\n",
  "\n",
  "C0644 0 x\n",
].map(fromLatin1);

/** Creates the tree that is sent: files of several lengths, directories, links, and entries that cannot be sent. */
export function makeTree(root: string): void {
  mkdirSync(join(root, "d", "deep", "er"), { recursive: true });
  const files = { a: "", b: "hello", "d/c": "x".repeat(40_000), "d/deep/er/f": "\x01\x02\0E\n", "sp ace": "1" };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  chmodSync(join(root, "b"), 0o4751);
  symlinkSync("nowhere", join(root, "dangling"));
  symlinkSync("../b", join(root, "d", "link"));
  writeFileSync(join(root, "new\nline"), "n");
  for (const name of [...Object.keys(files), "new\nline", "d/deep/er", "d/deep", "d"]) {
    utimesSync(join(root, name), Date.now() / 1000, 1_000_000_000);
  }
}

/** Generates paths to request and replies that mostly match them. */
export function generateReplies(random: Random, root: string): ReplySession {
  const names = ["a", "b", "d", "d/", "sp ace", "dangling", "lost", "new\nline", "d/deep/er/f", "d/link", "."];
  const paths = Array.from({ length: 1 + random.below(3) }, () => join(root, random.pick(names)));
  const run: ScpRun = {
    role: "source",
    paths,
    recursive: !random.oneIn(4),
    preserve: random.oneIn(2),
    targetIsDirectory: false,
  };
  const answers = Array.from({ length: random.below(40) }, () =>
    random.oneIn(3) ? random.pick(replies) : Uint8Array.of(0),
  );
  let bytes = concat(...answers);
  if (random.oneIn(4) && bytes.length > 0)
    bytes = mutate(bytes, { random, dictionary: replies, corpus: [bytes], maxBytes: 300 });
  return { run, bytes };
}

/** Sends the same replies to `scp -f` and to scpkit. */
export async function compareSources(session: ReplySession): Promise<SourceComparison> {
  const { run, bytes } = session;
  const [theirs, ours] = [await runRealScp(run, bytes), await runOurScp(run, someChunks(bytes))];
  return { session, theirs, ours };
}

/** Returns a source's output without the parts that may differ: the time of the last access, which reading changes. */
export function comparableOutput(output: Uint8Array): string {
  return toLatin1(output).replace(/(?<=T\d+ 0 )\d+(?= 0\n)/g, "ATIME");
}

/** Removes the tree of {@link makeTree}. */
export function removeTree(root: string): void {
  rmSync(root, { recursive: true, force: true });
}
